/**
 * What tests write goes to memory where there is enough of it: what a hub keeps and says is tried, not how fast a disk
 * syncs. A killed process loses no more there than on a disk, and no test can cut the power.
 */
import { mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const MEMORY = '/dev/shm'
/** Several times what all stores of a run need at once. */
const ENOUGH_BYTES = 2 ** 31

function hasRoom(): boolean {
  try {
    const { bavail, bsize } = statfsSync(MEMORY)
    return bavail * bsize >= ENOUGH_BYTES
  } catch {
    return false
  }
}

/** Before the first test. @returns what is to be done after the last */
export default function useMemory(): (() => void) | undefined {
  // For what has to be on a disk.
  process.env.SIGNET_TEST_DISK = tmpdir()
  if (!hasRoom()) return undefined
  const folder = mkdtempSync(join(MEMORY, 'signet-tests-'))
  process.env.TMPDIR = folder
  return () => rmSync(folder, { recursive: true, force: true })
}
