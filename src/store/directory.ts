import type { Directory } from '../core/store-ports.ts'
import { sourceAuthContext } from '../core/sealing.ts'
import { readCredentials } from '../core/credentials.ts'
import type { Disclosable } from '../core/source.ts'
import type { Vault } from '../core/ports.ts'
import type { Db } from './tables.ts'

/** Who is known: looked up at every request, so that a change takes effect at once. */
export function createDirectory(db: Db, vault: Vault): Directory {
  return {
    async tenant(id) {
      const row = await db.selectFrom('tenants').selectAll().where('id', '=', id).executeTakeFirst()
      return row && { id: row.id, subscribe: row.subscribe }
    },

    async source(id) {
      const row = await db.selectFrom('sources').selectAll().where('id', '=', id).executeTakeFirst()
      return (
        row && {
          source: {
            id: row.id,
            tenant: row.tenant,
            provider: row.provider,
            issuer: row.issuer,
            disclose: JSON.parse(row.disclose) as Disclosable[],
            ...(row.max_age !== null && { maxAge: row.max_age }),
            ...(row.publish_unmapped === 1 && { publishUnmapped: true }),
          },
          ...readCredentials(vault.open(row.auth_sealed, sourceAuthContext(id))),
        }
      )
    },

    async subscriberByToken(tokenHash) {
      const row = await db
        .selectFrom('subscribers')
        .select(['id', 'tenant', 'topics'])
        .where('token_hash', '=', tokenHash)
        .executeTakeFirst()
      return row && { id: row.id, tenant: row.tenant, topics: JSON.parse(row.topics) as string[] }
    },
  }
}
