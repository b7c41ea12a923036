import type Sqlite from 'better-sqlite3'
import type { RefusalRecord } from '../core/store-ports.ts'
import type { Commits } from './commits.ts'

export function createRefusalRecord(commits: Commits, file: Sqlite.Database): RefusalRecord {
  const note = file.prepare(
    'update sources set last_refused_at = @at, last_refused_why = @why where id = @source',
  )
  return {
    refused: (latest) =>
      commits.durable(() => {
        for (const refusal of latest) note.run(refusal)
      }),
  }
}
