import type { Tenants, TenantRecord } from '../../core/registry-ports.ts'
import type { Db } from '../db.ts'
import type { Tables } from '../tables.ts'
import { pageOf } from './page.ts'

export function createTenants(db: Db): Tenants {
  return {
    async make(tenant) {
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('tenants')
        .values({ id: tenant.id, subscribe: tenant.subscribe, created_at: tenant.createdAt })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst()
      return numInsertedOrUpdatedRows === 0n ? 'exists' : 'made'
    },

    async get(id) {
      const row = await db.selectFrom('tenants').selectAll().where('id', '=', id).executeTakeFirst()
      return row && view(row)
    },

    async list({ after, limit }) {
      const rows = await db
        .selectFrom('tenants')
        .selectAll()
        .$if(after !== undefined, (query) => query.where('id', '>', after ?? ''))
        .orderBy('id')
        .limit(limit + 1)
        .execute()
      return pageOf(rows, limit, (row) => row.id, view)
    },

    /** Its sources, subscribers, subscriptions, events and deliveries go with it. */
    async remove(id) {
      const { numDeletedRows } = await db.deleteFrom('tenants').where('id', '=', id).executeTakeFirst()
      return numDeletedRows > 0n
    },
  }
}

const view = (row: Tables['tenants']): TenantRecord => ({
  id: row.id,
  subscribe: row.subscribe === 'open' ? 'open' : 'token',
  createdAt: row.created_at,
})
