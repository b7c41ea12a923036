import type { EventRecord, Registry } from '../../core/registry-ports.ts'
import type { Db } from '../tables.ts'
import { ofTenant } from './of-tenant.ts'
import { below, pageOf } from './page.ts'

/** Newest first, by `jti`. */
export function createEvents(db: Db): Registry['events'] {
  const events = db
    .selectFrom('events')
    .select(['seq', 'jti', 'tenant', 'source', 'native', 'category', 'name', 'txn'])
    .select(['occurred_at', 'accepted_at'])
  return {
    async get(jti) {
      const row = await events.select('body as set').where('jti', '=', jti).executeTakeFirst()
      if (row === undefined) return undefined
      const publications = await db
        .selectFrom('publications')
        .select('topic')
        .where('seq', '=', row.seq)
        .execute()
      return { ...view(row), set: row.set, topics: publications.map(({ topic }) => topic) }
    },

    async list({ after, limit, tenant }) {
      const rows = await events
        .where('seq', '<', below(after))
        .where(ofTenant(tenant))
        .orderBy('seq', 'desc')
        .limit(limit + 1)
        .execute()
      return pageOf(rows, limit, 'seq', view)
    },
  }
}

const view = ({ seq, ...event }: EventRecord & { seq: number }): EventRecord => event
