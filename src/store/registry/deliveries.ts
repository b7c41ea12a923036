import type { DeliveryRecord, Readable, ReceiptRecord } from '../../core/registry-ports.ts'
import type { Db } from '../db.ts'
import { numericCursor, pageOf } from './page.ts'

/** Newest first. */
export function createDeliveries(
  db: Db,
): Readable<DeliveryRecord, DeliveryRecord & { receipts: ReceiptRecord[] }> {
  const deliveries = db
    .selectFrom('deliveries as d')
    .innerJoin('subscriptions as s', 's.num', 'd.subscription')
    .innerJoin('events as e', 'e.seq', 'd.event')
    .select(['d.num', 'd.state', 'd.attempts', 'd.due_at as dueAt', 'd.created_at as createdAt'])
    .select(['d.settled_at as settledAt', 's.id as subscription', 's.topic', 'e.jti'])

  return {
    async get(id) {
      const row = await deliveries.where('d.num', '=', numericCursor(id)).executeTakeFirst()
      if (row === undefined) return undefined
      const receipts = await db
        .selectFrom('receipts')
        .select(['attempt', 'at', 'ms', 'status', 'outcome'])
        .where('delivery', '=', row.num)
        .orderBy('num')
        .execute()
      return { ...view(row), receipts }
    },

    async list({ after, limit, tenant }) {
      const rows = await deliveries
        .$if(after !== undefined, (query) => query.where('d.num', '<', numericCursor(after ?? '')))
        .$if(tenant !== undefined, (query) => query.where('s.tenant', '=', tenant ?? ''))
        .orderBy('d.num', 'desc')
        .limit(limit + 1)
        .execute()
      return pageOf(rows, limit, (row) => row.num, view)
    },
  }
}

const view = ({ num, ...row }: Omit<DeliveryRecord, 'id'> & { num: number }): DeliveryRecord => ({
  id: String(num),
  ...row,
})
