import type { InsertResult } from 'kysely'
import type { Made } from '../../core/registry-ports.ts'
import { isKept } from '../leaving.ts'
import type { Db, Tx } from '../tables.ts'

/** Inserts something that belongs to a tenant, if the tenant is there and the id is free. */
export function makeInTenant(
  db: Db,
  kind: 'sources' | 'subscribers',
  { id, tenant }: { id: string; tenant: string },
  insert: (tx: Tx) => Promise<InsertResult | 'overlap'>,
): Promise<Made> {
  return db.transaction().execute(async (tx) => {
    const tenants = tx.selectFrom('tenants').select('id').where(isKept('tenants'))
    if ((await tenants.where('id', '=', tenant).executeTakeFirst()) === undefined) return 'no-tenant'
    const inserted = await insert(tx)
    if (inserted === 'overlap') return inserted
    if (inserted.numInsertedOrUpdatedRows !== 0n) return 'made'
    const seen = await tx
      .selectFrom(kind)
      .select('id')
      .where('id', '=', id)
      .where(isKept(kind))
      .executeTakeFirst()
    return seen === undefined ? 'leaving' : 'exists'
  })
}
