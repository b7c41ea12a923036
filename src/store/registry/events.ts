import type { Selectable } from 'kysely'
import type { EventRecord, Readable } from '../../core/registry-ports.ts'
import type { Db } from '../db.ts'
import type { Tables } from '../tables.ts'
import { numericCursor, pageOf } from './page.ts'

/** Newest first, by `jti`. */
export function createEvents(
  db: Db,
): Readable<EventRecord, EventRecord & { body: string; topics: string[] }> {
  return {
    async get(jti) {
      const row = await db.selectFrom('events').selectAll().where('jti', '=', jti).executeTakeFirst()
      if (row === undefined) return undefined
      const publications = await db
        .selectFrom('publications')
        .select('topic')
        .where('seq', '=', row.seq)
        .execute()
      return { ...view(row), body: row.body, topics: publications.map(({ topic }) => topic) }
    },

    async list({ after, limit, tenant }) {
      const rows = await db
        .selectFrom('events')
        .selectAll()
        .$if(after !== undefined, (query) => query.where('seq', '<', numericCursor(after ?? '')))
        .$if(tenant !== undefined, (query) => query.where('tenant', '=', tenant ?? ''))
        .orderBy('seq', 'desc')
        .limit(limit + 1)
        .execute()
      return pageOf(rows, limit, (row) => row.seq, view)
    },
  }
}

const view = (row: Selectable<Tables['events']>): EventRecord => ({
  jti: row.jti,
  tenant: row.tenant,
  source: row.source,
  native: row.native,
  category: row.category,
  name: row.name,
  txn: row.txn,
  occurredAt: row.occurred_at,
  acceptedAt: row.accepted_at,
})
