import type { InsertResult } from 'kysely'
import type { Made } from '../../core/registry-ports.ts'
import type { Db, Tx } from '../tables.ts'

/** Inserts something that belongs to a tenant, if the tenant is there and the id is free. */
export function makeInTenant(
  db: Db,
  tenant: string,
  insert: (tx: Tx) => Promise<InsertResult | 'overlap'>,
): Promise<Made> {
  return db.transaction().execute(async (tx) => {
    const found = await tx.selectFrom('tenants').select('id').where('id', '=', tenant).executeTakeFirst()
    if (found === undefined) return 'no-tenant'
    const inserted = await insert(tx)
    if (inserted === 'overlap') return inserted
    return inserted.numInsertedOrUpdatedRows === 0n ? 'exists' : 'made'
  })
}
