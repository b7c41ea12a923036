import type { Disclosable } from '../../core/source.ts'
import type { SourceRecord, Sources } from '../../core/registry-ports.ts'
import type { Db } from '../db.ts'
import type { Tables } from '../tables.ts'
import { makeInTenant } from './make-in-tenant.ts'
import { pageOf } from './page.ts'

export function createSources(db: Db): Sources {
  return {
    make: (source) =>
      makeInTenant(db, source.tenant, (tx) =>
        tx
          .insertInto('sources')
          .values({
            id: source.id,
            tenant: source.tenant,
            provider: source.provider,
            issuer: source.issuer,
            auth_method: source.authMethod,
            auth_sealed: source.authSealed,
            disclose: JSON.stringify(source.disclose),
            created_at: source.createdAt,
          })
          .onConflict((conflict) => conflict.doNothing())
          .executeTakeFirst(),
      ),

    async get(id) {
      const row = await db.selectFrom('sources').selectAll().where('id', '=', id).executeTakeFirst()
      return row && view(row)
    },

    async list({ after, limit, tenant }) {
      const rows = await db
        .selectFrom('sources')
        .selectAll()
        .$if(after !== undefined, (query) => query.where('id', '>', after ?? ''))
        .$if(tenant !== undefined, (query) => query.where('tenant', '=', tenant ?? ''))
        .orderBy('id')
        .limit(limit + 1)
        .execute()
      return pageOf(rows, limit, (row) => row.id, view)
    },

    /** What it published stays. */
    async remove(id) {
      const { numDeletedRows } = await db.deleteFrom('sources').where('id', '=', id).executeTakeFirst()
      return numDeletedRows > 0n
    },
  }
}

const view = (row: Tables['sources']): SourceRecord => ({
  id: row.id,
  tenant: row.tenant,
  provider: row.provider,
  issuer: row.issuer,
  authMethod: row.auth_method,
  disclose: JSON.parse(row.disclose) as Disclosable[],
  createdAt: row.created_at,
})
