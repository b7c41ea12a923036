import type { MayKeep } from '../../core/access.ts'
import type { Registry, TenantRecord } from '../../core/registry-ports.ts'
import { withdraw } from '../denials.ts'
import { isKept } from '../leaving.ts'
import { beginRemoval } from '../removals.ts'
import { WEB } from '../../core/web-topic.ts'
import type { Db, Tx } from '../tables.ts'
import { pageOf } from './page.ts'
import { endUncovered } from './subscribers.ts'

/** The operator's: what pages of others belong to is none of them. */
export function createTenants(db: Db): Registry['tenants'] {
  const tenants = (of: Db | Tx) =>
    of.selectFrom('tenants').selectAll().where('id', '<>', WEB).where(isKept('tenants'))
  return {
    async make(tenant) {
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('tenants')
        .values(tenant)
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst()
      if (numInsertedOrUpdatedRows !== 0n) return 'made'
      const seen = await tenants(db).where('id', '=', tenant.id).executeTakeFirst()
      return seen === undefined ? 'leaving' : 'exists'
    },

    get: (id) => tenants(db).where('id', '=', id).executeTakeFirst(),

    async list({ after = '', limit }) {
      const rows = await tenants(db)
        .where('id', '>', after)
        .orderBy('id')
        .limit(limit + 1)
        .execute()
      return pageOf(rows, limit, (row): TenantRecord => row)
    },

    change: (id, { subscribe, mayKeep, now }) =>
      db.transaction().execute(async (tx) => {
        const before = await tenants(tx).where('id', '=', id).executeTakeFirst()
        if (before === undefined) return undefined
        await tx.updateTable('tenants').set({ subscribe }).where('id', '=', id).execute()
        if (before.subscribe === 'open' && subscribe === 'token') await close(tx, id, mayKeep, now)
        return { ...before, subscribe }
      }),

    /** Its sources, subscribers, subscriptions, events and deliveries go with it; whoever was subscribed is told. */
    remove: (id, now) =>
      db.transaction().execute(async (tx) => {
        if ((await tenants(tx).where('id', '=', id).executeTakeFirst()) === undefined) return false
        await beginRemoval(tx, { kind: 'tenants', id }, now)
        return true
      }),
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
