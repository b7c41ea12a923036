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
      const row = await events
        .leftJoin('contents', 'event', 'seq')
        .select(['body as set', 'sealed'])
        .where('jti', '=', jti)
        .executeTakeFirst()
      if (row === undefined) return undefined
      const { set, sealed, ...rest } = row
      const event = view(rest)
      const publications = await db
        .selectFrom('publications')
        .select('topic')
        .where('seq', '=', row.seq)
        .execute()
      const topics = publications.map(({ topic }) => topic)
      // What is under seal is nobody's to see: a registered topic's is for its subscribers, and what was not sent is
      // not known to be harmless.
      return { ...event, set: set === '' ? null : set, topics, kept: set !== '' || sealed !== null }
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

const view = ({
  seq,
  category,
  name,
  ...event
}: EventRecord & { seq: number; category: string; name: string }): EventRecord =>
  category === '' ? { ...event, category: null, name: null } : { ...event, category, name }
