import type Sqlite from 'better-sqlite3'
import type { RefusalRecord } from '../core/store-ports.ts'
import type { Commits } from './commits.ts'
import { build, run } from './typed-sql.ts'

export function createRefusalRecord(commits: Commits, file: Sqlite.Database): RefusalRecord {
  return {
    refused: (latest) =>
      commits.durable(() => {
        for (const { source, at, why } of latest) {
          const note = build.updateTable('sources').set({ last_refused_at: at, last_refused_why: why })
          run(file, note.where('id', '=', source))
        }
      }),
  }
}
