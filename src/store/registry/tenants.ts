import type { MayKeep } from '../../core/access.ts'
import type { Registry, TenantRecord } from '../../core/registry-ports.ts'
import { withdraw } from '../denials.ts'
import type { Db, Tx } from '../tables.ts'
import { pageOf } from './page.ts'
import { endUncovered } from './subscribers.ts'

export function createTenants(db: Db): Registry['tenants'] {
  return {
    async make(tenant) {
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('tenants')
        .values(tenant)
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst()
      return numInsertedOrUpdatedRows === 0n ? 'exists' : 'made'
    },

    get: (id) => db.selectFrom('tenants').selectAll().where('id', '=', id).executeTakeFirst(),

    async list({ after = '', limit }) {
      const rows = await db
        .selectFrom('tenants')
        .selectAll()
        .where('id', '>', after)
        .orderBy('id')
        .limit(limit + 1)
        .execute()
      return pageOf(rows, limit, 'id', (row): TenantRecord => row)
    },

    change: (id, { subscribe, mayKeep, now }) =>
      db.transaction().execute(async (tx) => {
        const before = await tx.selectFrom('tenants').selectAll().where('id', '=', id).executeTakeFirst()
        if (before === undefined) return undefined
        await tx.updateTable('tenants').set({ subscribe }).where('id', '=', id).execute()
        if (before.subscribe === 'open' && subscribe === 'token') await close(tx, id, mayKeep, now)
        return { ...before, subscribe }
      }),

    /** Its sources, subscribers, subscriptions, events and deliveries go with it. */
    async remove(id) {
      const { numDeletedRows } = await db.deleteFrom('tenants').where('id', '=', id).executeTakeFirst()
      return numDeletedRows > 0n
    },
  }
}

/** Who subscribed because anyone could gets nothing more. */
async function close(tx: Tx, tenant: string, mayKeep: MayKeep, now: number): Promise<void> {
  const words = { why: 'its tenant is not open any more', reason: 'access was withdrawn', now }
  await withdraw(tx, null, (eb) => eb('tenant', '=', tenant), words)
  const subscribers = await tx.selectFrom('subscribers').selectAll().where('tenant', '=', tenant).execute()
  for (const { id, topics } of subscribers) {
    await endUncovered(tx, { id, tenant, topics: JSON.parse(topics) as string[] }, mayKeep, now)
  }
}
