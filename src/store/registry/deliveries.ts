import type { DeliveryRecord, Registry } from '../../core/registry-ports.ts'
import type { Db } from '../tables.ts'
import { ofTenant } from './of-tenant.ts'
import { below, numberOf, pageOf } from './page.ts'

/** Newest first. */
export function createDeliveries(db: Db): Registry['deliveries'] {
  const deliveries = db
    .selectFrom('deliveries as d')
    .innerJoin('subscriptions as s', 's.num', 'd.subscription')
    .innerJoin('events as e', 'e.seq', 'd.event')
    .select(['d.num', 's.id as subscription', 's.topic', 'e.jti', 'd.state', 'd.attempts'])
    .select(['d.due_at', 'd.created_at', 'd.settled_at'])

  return {
    async get(id) {
      const num = numberOf(id)
      const row = num && (await deliveries.where('d.num', '=', num).executeTakeFirst())
      if (!row) return undefined
      const receipts = await db
        .selectFrom('receipts')
        .select(['attempt', 'at as sent_at', 'ms', 'status', 'outcome'])
        .where('delivery', '=', row.num)
        .orderBy('num')
        .execute()
      return { ...view(row), receipts }
    },

    async list({ after, limit, tenant }) {
      const rows = await deliveries
        .where('d.num', '<', below(after))
        .where(ofTenant(tenant, 's.tenant'))
        .orderBy('d.num', 'desc')
        .limit(limit + 1)
        .execute()
      return pageOf(rows, limit, 'num', view)
    },
  }
}

const view = ({ num, ...row }: Omit<DeliveryRecord, 'id'> & { num: number }): DeliveryRecord => ({
  id: String(num),
  ...row,
})
