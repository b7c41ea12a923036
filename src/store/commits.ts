/**
 * Commits that are shared: what is asked for while others are being written goes to the disk with the next. A change
 * is synchronous, and one that throws takes nothing of the others with it: they are made once more then.
 */
import type Sqlite from 'better-sqlite3'
import type { Observer } from '../core/ports.ts'
import type { BackgroundFlush } from './background-flush.ts'
import { translating } from './faults.ts'

export interface Commits {
  /**
   * The change, in a commit of its own or with others': fulfilled once that is on the disk. Where one of the others
   * throws it is made once more, and what it notes outside the store has to bear that.
   * @throws what the change throws, or the Refusal `unavailable`; nothing has changed then
   */
  durable<T>(change: () => T): Promise<T>
  /**
   * The same without waiting for the disk, for what can be done again: a crash of the process takes nothing of it,
   * a power cut may, and then what came behind it too.
   */
  swift<T>(change: () => T): Promise<T>
}

interface Waiting {
  change: () => unknown
  isDurable: boolean
  resolve: (result: never) => void
  reject: (error: unknown) => void
}

/** Changes of one commit: others wait for all of them. */
const AT_ONCE = 32

export function createCommits(
  file: Sqlite.Database,
  observer: Pick<Observer, 'committed'>,
  flush: Pick<BackgroundFlush, 'soon'>,
): Commits {
  const transaction = createTransaction(file)
  const waiting: Waiting[] = []
  let scheduled = false

  const schedule = (): void => {
    if (scheduled) return
    scheduled = true
    // Whatever else arrived with this one goes with it.
    setImmediate(() => void writeAll())
  }

  async function writeAll(): Promise<void> {
    while (waiting.length > 0) {
      write(waiting.splice(0, AT_ONCE))
      // Whoever waited for these goes on (a request goes out, say) before the next are written.
      await Promise.resolve()
    }
    scheduled = false
  }

  function write(batch: readonly Waiting[]): void {
    const isDurable = batch.some((each) => each.isDurable)
    const began = performance.now()
    let told: (() => void)[]
    try {
      told = make(batch, isDurable)
    } catch (error) {
      for (const { reject } of batch) reject(translating(error))
      return
    }
    if (!isDurable) flush.soon()
    observer.committed({ isDurable, changes: batch.length, ms: performance.now() - began })
    for (const tell of told) tell()
  }

  /**
   * Together; where one of several throws, once more, each behind a savepoint. SQLite copies every page that is changed
   * behind one, which costs as much as most changes do.
   * @returns what tells each
   */
  function make(batch: readonly Waiting[], isDurable: boolean, apart = false): (() => void)[] {
    let made = 0
    try {
      return transaction(isDurable, (savepoint) =>
        batch.map(({ change, resolve, reject }) => {
          try {
            const result = apart ? savepoint(change) : change()
            made += 1
            return () => resolve(result as never)
          } catch (error) {
            // All are undone: SQLite has given up the transaction, or they are made once more, apart.
            if (!apart || !file.inTransaction) throw error
            return () => reject(translating(error))
          }
        }),
      )
    } catch (error) {
      // Where all were made it was the commit that failed, and would again.
      if (apart || batch.length === 1 || made === batch.length) throw error
      return make(batch, isDurable, true)
    }
  }

  const add =
    (isDurable: boolean) =>
    <T>(change: () => T): Promise<T> =>
      new Promise<T>((resolve, reject) => {
        waiting.push({ change, isDurable, resolve, reject })
        schedule()
      })
  return { durable: add(true), swift: add(false) }
}

type Savepoint = <T>(change: () => T) => T

/** @returns what runs changes in one transaction, and commits it to the disk or to the system's memory */
function createTransaction(
  file: Sqlite.Database,
): <T>(isDurable: boolean, changes: (savepoint: Savepoint) => T) => T {
  const begin = file.prepare('begin immediate')
  const commit = file.prepare('commit')
  const rollback = file.prepare('rollback')
  const set = file.prepare('savepoint change')
  const release = file.prepare('release change')
  const undo = file.prepare('rollback to change')
  // FULL between transactions: whatever else commits does so with it. Not prepared: SQLite obeys this pragma as it
  // prepares it, so a statement would change it once.
  const flushing = (level: 'NORMAL' | 'FULL') => file.exec(`pragma synchronous = ${level}`)
  const undoAlone = (): void => {
    try {
      undo.run()
      release.run()
    } catch {
      // Why is told with the change; half of it must not be committed with the others.
      rollback.run()
    }
  }
  const savepoint: Savepoint = (change) => {
    set.run()
    try {
      const result = change()
      release.run()
      return result
    } catch (error) {
      if (file.inTransaction) undoAlone()
      throw error
    }
  }
  return (isDurable, changes) => {
    // The one before was left open: the disk that it failed on failed at undoing it, too.
    if (file.inTransaction) {
      rollback.run()
      flushing('FULL')
    }
    if (!isDurable) flushing('NORMAL')
    try {
      begin.run()
      const result = changes(savepoint)
      commit.run()
      return result
    } finally {
      if (file.inTransaction) rollback.run()
      if (!isDurable) flushing('FULL')
    }
  }
}
