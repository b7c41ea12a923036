import { type Selectable, sql } from 'kysely'
import type { Directory, KnownSource } from '../core/store-ports.ts'
import { sourceAuthContext } from '../core/sealing.ts'
import { readCredentials } from '../core/credentials.ts'
import type { Disclosable } from '../core/source.ts'
import type { Vault } from '../core/ports.ts'
import type { Db, Tables } from './tables.ts'

/** Who is known: looked up at every request, so that a change takes effect at once. */
export function createDirectory(db: Db, vault: Vault): Directory {
  const sources = db.selectFrom('sources').selectAll()
  const known = (row: Selectable<Tables['sources']> | undefined): KnownSource | undefined =>
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
      ...readCredentials(vault.open(row.auth_sealed, sourceAuthContext(row.id))),
    }
  return {
    async tenant(id) {
      const row = await db.selectFrom('tenants').selectAll().where('id', '=', id).executeTakeFirst()
      return row && { id: row.id, subscribe: row.subscribe }
    },

    source: async (id) => known(await sources.where('id', '=', id).executeTakeFirst()),

    sourceOfName: async (name) =>
      // Prefixes do not overlap: there is one at the most.
      known(
        await sources
          .where(sql<boolean>`substr(${name}, 1, length(topic_prefix)) = topic_prefix`)
          .executeTakeFirst(),
      ),

    registrantOf: async (topic) =>
      known(
        await sources
          .where('id', 'in', (eb) =>
            eb.selectFrom('registered_topics').select('source').where('topic', '=', topic),
          )
          .executeTakeFirst(),
      ),

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
