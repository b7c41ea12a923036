/**
 * What was committed without waiting for the disk is brought there by another thread: a power cut takes no more than
 * the last moments of it, and the next commit that does wait has not to wait for all of that too.
 */
import { type FileHandle, open } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'

/** Between two flushes, while there is something to flush. */
const PAUSE_MS = 50

export interface BackgroundFlush {
  /** Something was committed that is not on the disk. */
  soon(): void
  /** Fulfilled once the flush under way has ended. */
  close(): Promise<void>
}

/** @param path of the write-ahead log; a flush that fails is no fault: whoever must know that it is there waits for it */
export function createBackgroundFlush(path: string): BackgroundFlush {
  let dirty = false
  const closing = new AbortController()
  let running: Promise<void> | undefined

  async function run(): Promise<void> {
    let log: FileHandle | undefined
    try {
      while (dirty) {
        await delay(PAUSE_MS, undefined, { signal: closing.signal })
        dirty = false
        log ??= await open(path, 'r')
        await log.datasync()
      }
    } catch {
      // Closing; or the next commit that waits for the disk meets the same fault, and tells it.
    } finally {
      await log?.close().catch(() => undefined)
      // What came while the log was being left is flushed as well.
      running = dirty && !closing.signal.aborted ? run() : undefined
    }
  }

  return {
    soon() {
      dirty = true
      if (!closing.signal.aborted) running ??= run()
    },
    async close() {
      closing.abort()
      await running
    },
  }
}
