import type { Registry, SubscriptionRecord } from '../../core/registry-ports.ts'
import type { Db } from '../tables.ts'
import { ofTenant } from './of-tenant.ts'
import { below, pageOf } from './page.ts'

/** Newest first. */
export function createSubscriptions(db: Db): Registry['subscriptions'] {
  const subscriptions = db
    .selectFrom('subscriptions')
    .select(['num', 'id', 'tenant', 'subscriber', 'topic', 'callback', 'state', 'ended_why'])
    .select(['lease_expires_at', 'verification', 'verification_at', 'created_at', 'secret_sealed'])
  return {
    async get(id) {
      const row = await subscriptions.where('id', '=', id).executeTakeFirst()
      return row && view(row)
    },

    async list({ after, limit, tenant }) {
      const rows = await subscriptions
        .where('num', '<', below(after))
        .where(ofTenant(tenant))
        .orderBy('num', 'desc')
        .limit(limit + 1)
        .execute()
      return pageOf(rows, limit, 'num', view)
    },

    /** Its deliveries, waiting or done, go with it. */
    async remove(id) {
      const { numDeletedRows } = await db.deleteFrom('subscriptions').where('id', '=', id).executeTakeFirst()
      return numDeletedRows > 0n
    },
  }
}

type Row = Omit<SubscriptionRecord, 'signed'> & { num: number; secret_sealed: string | null }

const view = ({ num, secret_sealed, ...subscription }: Row): SubscriptionRecord => ({
  ...subscription,
  signed: secret_sealed !== null,
})
