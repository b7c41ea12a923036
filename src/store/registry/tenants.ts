import type { Registry, TenantRecord } from '../../core/registry-ports.ts'
import type { Db } from '../tables.ts'
import { pageOf } from './page.ts'

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

    /** Its sources, subscribers, subscriptions, events and deliveries go with it. */
    async remove(id) {
      const { numDeletedRows } = await db.deleteFrom('tenants').where('id', '=', id).executeTakeFirst()
      return numDeletedRows > 0n
    },
  }
}
