/**
 * Opens the SQLite file so that a commit is on the disk and nobody else writes to it.
 */
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import Sqlite from 'better-sqlite3'
import { codeOf } from './faults.ts'

/**
 * @param path of the file; made, with its folder, if it is not there
 * @throws Error with a sentence for the operator when the file cannot be opened, or another process has it
 */
export function openFile(path: string): Sqlite.Database {
  let database: Sqlite.Database | undefined
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    // Made here first, since SQLite would let others read it; its WAL gets the same mode.
    closeSync(openSync(path, 'a', 0o600))
    database = new Sqlite(path, { timeout: 0 })
    // Exclusive before WAL: the lock is held from here to the end, and a crash releases it.
    database.pragma('locking_mode = EXCLUSIVE')
    database.pragma('journal_mode = WAL')
    database.exec('begin immediate; commit')
    // better-sqlite3 makes WAL files NORMAL, where a power cut may take commits that were answered 2xx.
    database.pragma('synchronous = FULL')
    database.pragma('foreign_keys = ON')
    // What is deleted is overwritten: rows move within the file, so an erasure alone would miss where they had been.
    database.pragma('secure_delete = ON')
    // 32 MB of pages in memory: the hot ones stay there through a fan-out of a hundred thousand.
    database.pragma('cache_size = -32768')
    // 32 MB of log between two checkpoints: pages that change often are written to the file once.
    database.pragma('wal_autocheckpoint = 8000')
    return database
  } catch (error) {
    database?.close()
    if (codeOf(error).startsWith('SQLITE_BUSY')) {
      throw new Error(`${path} is in use by another process; one hub at a time may have it.`, {
        cause: error,
      })
    }
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`${path} cannot be opened as a store: ${reason}.`, { cause: error })
  }
}
