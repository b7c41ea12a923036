/** A store with its tables and nothing in them: the migrations run once a process, since they take longer than a test. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createVault } from '../../src/keys/vault.ts'
import { createStore, openFile } from '../../src/store/index.ts'

let made: Promise<Buffer> | undefined

/** @param path of a file that is not there yet */
export async function writeEmptyStore(path: string): Promise<void> {
  made ??= make()
  writeFileSync(path, await made, { mode: 0o600 })
}

async function make(): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'signet-empty-'))
  const path = join(folder, 'signet.db')
  // Nothing is sealed in it, so that any vault may open it.
  const store = await createStore(openFile(path), createVault(Buffer.alloc(32)))
  await store.close()
  const bytes = readFileSync(path)
  rmSync(folder, { recursive: true })
  return bytes
}
