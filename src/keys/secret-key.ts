/** The key that everything sealed in the store hangs on. */
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

const BYTES = 32

/**
 * The key kept in a file that only this user may read; made at the first start.
 *
 * @param storePath where the store is: one that is there already was sealed with a key, and no other will do
 * @throws Error with a sentence for the operator
 */
export function keepSecretKey(path: string, storePath: string): Buffer {
  const store = statSync(storePath, { throwIfNoEntry: false })
  // Nothing is made for a store that there will never be.
  if (store?.isDirectory() === true) {
    throw new Error(`${storePath} cannot be opened as a store: it is a folder.`)
  }
  if (!existsSync(path) && store !== undefined) {
    throw new Error(
      `${path} is missing, and ${storePath} was written with it; put it back, or set SIGNET_SECRET_KEY.`,
    )
  }
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const made = randomBytes(BYTES)
  try {
    // `wx`: whoever is first writes; a key that is there is never overwritten.
    writeFileSync(path, `${made.toString('base64')}\n`, { mode: 0o600, flag: 'wx', flush: true })
    return made
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const kept = Buffer.from(readFileSync(path, 'utf8'), 'base64')
  if (kept.length !== BYTES)
    throw new Error(`${path} does not hold a secret key: 32 bytes in base64 are expected.`)
  return kept
}
