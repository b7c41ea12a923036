import type { Selectable } from 'kysely'
import type { Scope } from '../../core/admin.ts'
import type { AdminRecord, Admins } from '../../core/admin-ports.ts'
import type { Db, Tables } from '../tables.ts'
import { pageOf } from './page.ts'

export function createAdmins(db: Db): Admins {
  return {
    async make({ scopes, ...admin }) {
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('admins')
        .values({ ...admin, scopes: JSON.stringify(scopes) })
        .onConflict((conflict) => conflict.column('id').doNothing())
        .executeTakeFirst()
      return numInsertedOrUpdatedRows === 0n ? 'exists' : 'made'
    },

    async byToken(tokenHash, now) {
      const row = await db
        .selectFrom('admins')
        .selectAll()
        .where('token_hash', '=', tokenHash)
        .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', now)]))
        .executeTakeFirst()
      return row && view(row)
    },

    async get(id) {
      const row = await db.selectFrom('admins').selectAll().where('id', '=', id).executeTakeFirst()
      return row && view(row)
    },

    async list({ after = '', limit }) {
      const rows = await db
        .selectFrom('admins')
        .selectAll()
        .where('id', '>', after)
        .orderBy('id')
        .limit(limit + 1)
        .execute()
      return pageOf(rows, limit, view)
    },

    async remove(id) {
      const { numDeletedRows } = await db.deleteFrom('admins').where('id', '=', id).executeTakeFirst()
      return numDeletedRows > 0n
    },
  }
}

/** The token's hash stays behind. */
const view = ({ id, scopes, expires_at, created_at }: Selectable<Tables['admins']>): AdminRecord => ({
  ...{ id, scopes: JSON.parse(scopes) as Scope[], expires_at, created_at },
})
