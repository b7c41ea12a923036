import type { Selectable } from 'kysely'
import type { Readable, Removable, SubscriptionRecord } from '../../core/registry-ports.ts'
import type { Db } from '../db.ts'
import type { Tables } from '../tables.ts'
import { numericCursor, pageOf } from './page.ts'

/** Newest first. */
export function createSubscriptions(db: Db): Readable<SubscriptionRecord> & Removable {
  return {
    async get(id) {
      const row = await db.selectFrom('subscriptions').selectAll().where('id', '=', id).executeTakeFirst()
      return row && view(row)
    },

    async list({ after, limit, tenant }) {
      const rows = await db
        .selectFrom('subscriptions')
        .selectAll()
        .$if(after !== undefined, (query) => query.where('num', '<', numericCursor(after ?? '')))
        .$if(tenant !== undefined, (query) => query.where('tenant', '=', tenant ?? ''))
        .orderBy('num', 'desc')
        .limit(limit + 1)
        .execute()
      return pageOf(rows, limit, (row) => row.num, view)
    },

    /** Its deliveries, waiting or done, go with it. */
    async remove(id) {
      const { numDeletedRows } = await db.deleteFrom('subscriptions').where('id', '=', id).executeTakeFirst()
      return numDeletedRows > 0n
    },
  }
}

const view = (row: Selectable<Tables['subscriptions']>): SubscriptionRecord => ({
  id: row.id,
  tenant: row.tenant,
  subscriber: row.subscriber,
  topic: row.topic,
  callback: row.callback,
  state: row.state,
  endedWhy: row.ended_why,
  leaseExpiresAt: row.lease_expires_at,
  signed: row.secret_sealed !== null,
  verification: row.verification,
  verifiedAt: row.verified_at,
  createdAt: row.created_at,
})
