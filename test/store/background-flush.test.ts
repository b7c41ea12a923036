import { mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createBackgroundFlush } from '../../src/store/background-flush.ts'
import { until } from '../support/until.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signet-flush-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** Whether this process has the file open, where the system tells. */
function isOpen(path: string): boolean {
  return readdirSync('/proc/self/fd').some((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === path
    } catch {
      return false
    }
  })
}

describe.skipIf(process.platform !== 'linux')('a flush in the background (needs /proc: Linux)', () => {
  it('opens the log while there is something to flush, and leaves it then', async () => {
    const path = join(folder, 'log')
    writeFileSync(path, 'committed')
    const flush = createBackgroundFlush(path)
    flush.soon()
    // What comes meanwhile goes to the disk with the next.
    await until(() => {
      flush.soon()
      return Promise.resolve(isOpen(path))
    })
    await until(() => Promise.resolve(!isOpen(path)))
    await flush.close()
  })

  it('that is closed in the middle leaves nothing open, and begins no other', async () => {
    const path = join(folder, 'log')
    writeFileSync(path, 'committed')
    const flush = createBackgroundFlush(path)
    flush.soon()
    await flush.close()
    flush.soon()
    await flush.close()
    expect(isOpen(path)).toBe(false)
  })

  it('goes on once a log is there that was not', async () => {
    const path = join(folder, 'log')
    const flush = createBackgroundFlush(path)
    flush.soon()
    writeFileSync(path, 'committed')
    await until(() => {
      flush.soon()
      return Promise.resolve(isOpen(path))
    })
    await flush.close()
  })
})
