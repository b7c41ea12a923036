import type Sqlite from 'better-sqlite3'
import type { Scope } from '../../core/admin.ts'
import type { AdminRecord, Admins } from '../../core/admin-ports.ts'
import type { Commits } from '../commits.ts'
import { read } from '../faults.ts'
import type { Row } from '../tables.ts'
import { build, first, run } from '../typed-sql.ts'
import { createRecords, makeNew } from './page.ts'

export function createAdmins(commits: Commits, file: Sqlite.Database): Admins {
  const { get, list } = createRecords(file, build.selectFrom('admins').selectAll(), view)
  return {
    get,
    list,
    make: ({ scopes, ...admin }) =>
      commits.durable(() => {
        const insert = build.insertInto('admins').values({ ...admin, scopes: JSON.stringify(scopes) })
        return makeNew(file, insert) ? 'made' : 'exists'
      }),

    byToken: (tokenHash, now) =>
      read(() => {
        const holder = build
          .selectFrom('admins')
          .selectAll()
          .where('token_hash', '=', tokenHash)
          .where((admin) => admin.or([admin('expires_at', 'is', null), admin('expires_at', '>', now)]))
        const row = first(file, holder)
        return row && view(row)
      }),

    remove: (id) =>
      commits.durable(() => run(file, build.deleteFrom('admins').where('id', '=', id)).changes > 0),
  }
}

/** The token's hash stays behind. */
const view = ({ id, scopes, expires_at, created_at }: Row<'admins'>): AdminRecord => ({
  ...{ id, scopes: JSON.parse(scopes) as Scope[], expires_at, created_at },
})
