import type { InsertResult } from 'kysely'
import type { Made } from '../../core/registry-ports.ts'
import { isThere } from '../leaving.ts'
import type { Db, Tx } from '../tables.ts'

/** Inserts something that belongs to a tenant, if the tenant is there and the id is free. */
export function makeInTenant(
  db: Db,
  kind: 'sources' | 'subscribers',
  { id, tenant }: { id: string; tenant: string },
  insert: (tx: Tx) => Promise<InsertResult | 'overlap'>,
): Promise<Made> {
  return db.transaction().execute(async (tx) => {
    if (!(await isThere(tx, 'tenants', tenant))) return 'no-tenant'
    const inserted = await insert(tx)
    if (inserted === 'overlap') return inserted
    if (inserted.numInsertedOrUpdatedRows !== 0n) return 'made'
    return (await isThere(tx, kind, id)) ? 'exists' : 'leaving'
  })
}
