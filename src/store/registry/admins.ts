import type Sqlite from 'better-sqlite3'
import type { Scope } from '../../core/admin.ts'
import type { AdminRecord, Admins } from '../../core/admin-ports.ts'
import type { Commits } from '../commits.ts'
import { read } from '../faults.ts'
import type { Row } from '../tables.ts'
import { createRecords } from './page.ts'

export function createAdmins(commits: Commits, file: Sqlite.Database): Admins {
  const { get, list } = createRecords(file, 'select * from admins where true', view)
  const insert = file.prepare(
    `insert into admins (id, scopes, token_hash, expires_at, created_at)
     values (@id, @scopes, @token_hash, @expires_at, @created_at) on conflict (id) do nothing`,
  )
  const byToken = file.prepare<[string, number], Row<'admins'>>(
    'select * from admins where token_hash = ? and (expires_at is null or expires_at > ?)',
  )
  const remove = file.prepare('delete from admins where id = ?')
  return {
    get,
    list,
    make: ({ scopes, ...admin }) =>
      commits.durable(() =>
        insert.run({ ...admin, scopes: JSON.stringify(scopes) }).changes > 0 ? 'made' : 'exists',
      ),

    byToken: (tokenHash, now) =>
      read(() => {
        const row = byToken.get(tokenHash, now)
        return row && view(row)
      }),

    remove: (id) => commits.durable(() => remove.run(id).changes > 0),
  }
}

/** The token's hash stays behind. */
const view = ({ id, scopes, expires_at, created_at }: Row<'admins'>): AdminRecord => ({
  ...{ id, scopes: JSON.parse(scopes) as Scope[], expires_at, created_at },
})
