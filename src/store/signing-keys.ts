import type { Selectable } from 'kysely'
import type { KeyState, SigningKeyStore, StoredKey } from '../core/key-ports.ts'
import { SIGN_AGAIN_FROM } from './signed-sets.ts'
import type { Db, Tables } from './tables.ts'

export function createSigningKeyStore(db: Db): SigningKeyStore {
  return {
    async list() {
      const rows = await db.selectFrom('signing_keys').selectAll().orderBy('created_at').execute()
      return rows.map(toKey)
    },

    save: (changed) =>
      db.transaction().execute(async (tx) => {
        const before = await tx.selectFrom('signing_keys').select(['kid', 'revoked_at']).execute()
        const isRevoked = new Map(before.map(({ kid, revoked_at }) => [kid, revoked_at !== null]))
        for (const key of changed) {
          const { kid, ...row } = toRow(key)
          await tx
            .insertInto('signing_keys')
            .values({ kid, ...row })
            .onConflict((conflict) => conflict.column('kid').doUpdateSet(row))
            .execute()
        }
        if (!changed.some(({ kid, revokedAt }) => revokedAt !== undefined && isRevoked.get(kid) !== true))
          return
        await tx
          .insertInto('settings')
          .values({ name: SIGN_AGAIN_FROM, value: '0' })
          .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: '0' }))
          .execute()
      }),

    async hasEventsUntil(time) {
      const row = await db
        .selectFrom('events')
        .select('seq')
        .where('accepted_at', '<=', time)
        .limit(1)
        .executeTakeFirst()
      return row !== undefined
    },
  }
}

type Row = Selectable<Tables['signing_keys']>

const toKey = (row: Row): StoredKey => ({
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

const toRow = (key: StoredKey): Row => ({
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
