import { sql } from 'kysely'
import type { Registry, SubscriberRecord } from '../../core/registry-ports.ts'
import { withdraw } from '../denials.ts'
import type { Db, Tables } from '../tables.ts'
import { makeInTenant } from './make-in-tenant.ts'
import { ofTenant } from './of-tenant.ts'
import { pageOf } from './page.ts'

export function createSubscribers(db: Db): Registry['subscribers'] {
  return {
    make: (subscriber) =>
      makeInTenant(db, subscriber.tenant, (tx) =>
        tx
          .insertInto('subscribers')
          .values({ ...subscriber, topics: JSON.stringify(subscriber.topics) })
          .onConflict((conflict) => conflict.column('id').doNothing())
          .executeTakeFirst(),
      ),

    async get(id) {
      const row = await db.selectFrom('subscribers').selectAll().where('id', '=', id).executeTakeFirst()
      return row && view(row)
    },

    async list({ after = '', limit, tenant }) {
      const rows = await db
        .selectFrom('subscribers')
        .selectAll()
        .where('id', '>', after)
        .where(ofTenant(tenant))
        .orderBy('id')
        .limit(limit + 1)
        .execute()
      return pageOf(rows, limit, 'id', view)
    },

    /** Its subscriptions end at once, by denial, and what it asked for but never confirmed is forgotten. */
    remove: (id, now) =>
      db.transaction().execute(async (tx) => {
        const { numDeletedRows } = await tx.deleteFrom('subscribers').where('id', '=', id).executeTakeFirst()
        if (numDeletedRows === 0n) return false
        const denial = { why: 'its subscriber was deleted', reason: 'access was withdrawn', now }
        await withdraw(tx, id, () => sql`true`, denial)
        return true
      }),
  }
}

/** The token's hash stays behind. */
const view = ({ token_hash, topics, ...subscriber }: Tables['subscribers']): SubscriberRecord => ({
  ...subscriber,
  topics: JSON.parse(topics) as string[],
})
