import type { RefusalRecord } from '../core/store-ports.ts'
import type { Db } from './tables.ts'

export function createRefusalRecord(db: Db): RefusalRecord {
  return {
    refused: (latest) =>
      db.transaction().execute(async (tx) => {
        for (const { source, at, why } of latest) {
          await tx
            .updateTable('sources')
            .set({ last_refused_at: at, last_refused_why: why })
            .where('id', '=', source)
            .execute()
        }
      }),
  }
}
