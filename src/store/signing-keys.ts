import type { KeyState, SigningKeyStore } from '../core/key-ports.ts'
import type { Db } from './tables.ts'

export function createSigningKeyStore(db: Db): SigningKeyStore {
  return {
    async list() {
      const rows = await db.selectFrom('signing_keys').selectAll().orderBy('created_at').execute()
      return rows.map((row) => ({
        kid: row.kid,
        alg: row.alg,
        publicJwk: JSON.parse(row.public_jwk) as Record<string, unknown>,
        privateSealed: row.private_sealed,
        state: row.state as KeyState,
        createdAt: row.created_at,
      }))
    },
    activate: (key) =>
      db.transaction().execute(async (tx) => {
        await tx.updateTable('signing_keys').set({ state: 'retired' }).where('state', '=', 'active').execute()
        await tx
          .insertInto('signing_keys')
          .values({
            kid: key.kid,
            alg: key.alg,
            public_jwk: JSON.stringify(key.publicJwk),
            private_sealed: key.privateSealed,
            state: 'active',
            created_at: key.createdAt,
          })
          .execute()
      }),
  }
}
