import type Sqlite from 'better-sqlite3'
import type { KeyState, SigningKeyStore, StoredKey } from '../core/key-ports.ts'
import type { Commits } from './commits.ts'
import { read } from './faults.ts'
import { SET_SETTING } from './settings.ts'
import { SIGN_AGAIN_FROM } from './signed-sets.ts'
import type { Row } from './tables.ts'

export function createSigningKeyStore(commits: Commits, file: Sqlite.Database): SigningKeyStore {
  const list = file.prepare<[], KeyRow>('select * from signing_keys order by created_at')
  const isRevoked = file.prepare('select 1 from signing_keys where kid = ? and revoked_at is not null')
  const save = file.prepare(
    `replace into signing_keys (kid, alg, public_jwk, private_sealed, state, created_at, usable_at, signs_from, retired_at,
       removed_at, revoked_at)
     values (@kid, @alg, @public_jwk, @private_sealed, @state, @created_at, @usable_at, @signs_from, @retired_at,
       @removed_at, @revoked_at)`,
  )
  const set = file.prepare(SET_SETTING)
  const eventUntil = file.prepare('select 1 from events where accepted_at <= ? limit 1')
  return {
    list: () => read(() => list.all().map(toKey)),

    save: (changed) =>
      commits.durable(() => {
        const isNews = changed.some(
          ({ kid, revokedAt }) => revokedAt !== undefined && isRevoked.get(kid) === undefined,
        )
        for (const key of changed) save.run(toRow(key))
        if (isNews) set.run({ name: SIGN_AGAIN_FROM, value: '0' })
      }),

    hasEventsUntil: (time) => read(() => eventUntil.get(time) !== undefined),
  }
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
