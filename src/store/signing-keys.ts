import type Sqlite from 'better-sqlite3'
import type { KeyState, SigningKeyStore, StoredKey } from '../core/key-ports.ts'
import type { Commits } from './commits.ts'
import { read } from './faults.ts'
import { setSetting } from './settings.ts'
import { SIGN_AGAIN_FROM } from './signed-sets.ts'
import type { Row } from './tables.ts'
import { all, build, first, run } from './typed-sql.ts'

export function createSigningKeyStore(commits: Commits, file: Sqlite.Database): SigningKeyStore {
  return {
    list: () =>
      read(() => all(file, build.selectFrom('signing_keys').selectAll().orderBy('created_at')).map(toKey)),

    save: (changed) =>
      commits.durable(() => {
        const isNews = changed.some(({ kid, revokedAt }) => revokedAt !== undefined && !isRevoked(file, kid))
        for (const key of changed) run(file, build.replaceInto('signing_keys').values(toRow(key)))
        if (isNews) setSetting(file, SIGN_AGAIN_FROM, '0')
      }),

    hasEventsUntil: (time) =>
      read(() => {
        const events = build.selectFrom('events').select('seq').where('accepted_at', '<=', time)
        return first(file, events.limit(1)) !== undefined
      }),
  }
}

function isRevoked(file: Sqlite.Database, kid: string): boolean {
  const key = build.selectFrom('signing_keys').select('revoked_at').where('kid', '=', kid)
  return typeof first(file, key)?.revoked_at === 'number'
}

type KeyRow = Row<'signing_keys'>

const toKey = (row: KeyRow): StoredKey => ({
  kid: row.kid,
  alg: row.alg,
  publicJwk: JSON.parse(row.public_jwk) as Record<string, unknown>,
  privateSealed: row.private_sealed,
  state: row.state as KeyState,
  createdAt: row.created_at,
  usableAt: row.usable_at,
  ...(row.signs_from !== null && { signsFrom: row.signs_from }),
  ...(row.retired_at !== null && { retiredAt: row.retired_at }),
  ...(row.removed_at !== null && { removedAt: row.removed_at }),
  ...(row.revoked_at !== null && { revokedAt: row.revoked_at }),
})

const toRow = (key: StoredKey): KeyRow => ({
  kid: key.kid,
  alg: key.alg,
  public_jwk: JSON.stringify(key.publicJwk),
  private_sealed: key.privateSealed,
  state: key.state,
  created_at: key.createdAt,
  usable_at: key.usableAt,
  signs_from: key.signsFrom ?? null,
  retired_at: key.retiredAt ?? null,
  removed_at: key.removedAt ?? null,
  revoked_at: key.revokedAt ?? null,
})
