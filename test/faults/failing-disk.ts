/** A store on a disk that fails on demand: the driver throws what SQLite would, where SQLite would. */
import Sqlite from 'better-sqlite3'
import { openFile } from '../../src/store/index.ts'

export interface DiskFault {
  code: 'SQLITE_FULL' | 'SQLITE_IOERR' | 'SQLITE_IOERR_WRITE' | 'SQLITE_READONLY'
  /** Statements that begin so fail; others do not. */
  statement: string
  /** SQLite has given up the whole transaction by itself, as it does when there is no room for its pages. */
  rollsBack?: boolean
}

export interface FailingDisk {
  openFile: typeof openFile
  /** From now on. */
  fail(...faults: DiskFault[]): void
  mend(): void
  /** How often it has failed since `fail`. */
  readonly failures: number
  /** How commits are made now. */
  synchronous(): unknown
}

export function failingDisk(): FailingDisk {
  let faults: DiskFault[] = []
  let failures = 0
  let opened: Sqlite.Database | undefined

  const check = (file: Sqlite.Database, sql: string): void => {
    const fault = faults.find(({ statement }) => sql.trimStart().startsWith(statement))
    if (fault === undefined) return
    failures += 1
    if (fault.rollsBack === true && file.inTransaction) file.exec('rollback')
    throw new Sqlite.SqliteError('the disk fails', fault.code)
  }

  return {
    openFile(path) {
      const file = openFile(path)
      opened = file
      const prepare = file.prepare.bind(file)
      const failing = (sql: string) => {
        const statement = prepare(sql)
        for (const name of ['run', 'get', 'all'] as const) {
          const execute = statement[name].bind(statement) as (...parameters: unknown[]) => never
          statement[name] = (...parameters: unknown[]) => {
            check(file, sql)
            return execute(...parameters)
          }
        }
        return statement
      }
      return Object.assign(file, { prepare: failing })
    },
    fail(...now) {
      faults = now
      failures = 0
    },
    synchronous: () => opened?.pragma('synchronous', { simple: true }),
    mend: () => void (faults = []),
    get failures() {
      return failures
    },
  }
}
