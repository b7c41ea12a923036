/** What the driver throws, translated: a full disk is not a fault of the code. */
import Sqlite from 'better-sqlite3'
import { Refusal } from '../core/errors.ts'

/** The same call, with the machine's faults told apart from faults of the code. */
export function guarded<A extends unknown[], R>(call: (...args: A) => R): (...args: A) => R {
  return (...args) => {
    try {
      return call(...args)
    } catch (error) {
      throw translating(error)
    }
  }
}

/** What is read now: a commit is made in one go, so that none is seen half done. */
export const read = <T>(what: () => T): Promise<T> => Promise.try(guarded(what))

/** The machine's faults; any other code (a constraint, bad SQL) is a fault of ours and stays as it is. */
const UNAVAILABLE = [
  'SQLITE_FULL',
  'SQLITE_IOERR',
  'SQLITE_READONLY',
  'SQLITE_BUSY',
  'SQLITE_CANTOPEN',
  'SQLITE_CORRUPT',
]

/** What the caller is told: the machine's faults as the Refusal `unavailable`. */
export function translating(error: unknown): unknown {
  const code = codeOf(error)
  if (!UNAVAILABLE.some((fault) => code.startsWith(fault))) return error
  return new Refusal('unavailable', `The hub cannot use its store now (${code}); try again later.`, {
    cause: error,
  })
}

/** SQLite's own code; empty when the error is not SQLite's. */
export function codeOf(error: unknown): string {
  return error instanceof Sqlite.SqliteError ? error.code : ''
}
