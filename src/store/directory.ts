import type Sqlite from 'better-sqlite3'
import { readCredentials } from '../core/credentials.ts'
import type { Vault } from '../core/ports.ts'
import { sourceAuthContext } from '../core/sealing.ts'
import type { Disclosable } from '../core/source.ts'
import type { Directory, KnownSource, SubscribePolicy } from '../core/store-ports.ts'
import type { Commits } from './commits.ts'
import { keptIn } from './leaving.ts'

interface SourceRow {
  id: string
  tenant: string
  provider: string
  issuer: string
  auth_sealed: string
  disclose: string
  max_age: number | null
  publish_unmapped: number
}

/** Who is known: looked up at every request, so that a change takes effect at once. */
export function createDirectory(commits: Commits, file: Sqlite.Database, vault: Vault): Directory {
  const tenant = file.prepare<[string], { id: string; subscribe: SubscribePolicy }>(
    `select id, subscribe from tenants where id = ? and ${keptIn('tenants')}`,
  )
  const sources = (where: string) =>
    file.prepare<[string], SourceRow>(
      `select id, tenant, provider, issuer, auth_sealed, disclose, max_age, publish_unmapped from sources
       where ${where} and ${keptIn('sources')}`,
    )
  const source = sources('id = ?')
  // Prefixes do not overlap: there is one at the most.
  const ofName = sources('substr(?, 1, length(topic_prefix)) = topic_prefix')
  const registrant = sources('id = (select source from registered_topics where topic = ?)')
  const subscriber = file.prepare<[object], { id: string; tenant: string; topics: string }>(
    `select id, tenant, topics from subscribers
     where token_hash = @tokenHash and (expires_at is null or expires_at > @now) and ${keptIn('subscribers')}
     union all select id, tenant, topics from subscribers
     where former_hash = @tokenHash and former_until > @now and ${keptIn('subscribers')}`,
  )

  const known = (row: SourceRow | undefined): KnownSource | undefined =>
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
    tenant: (id) => commits.look(() => tenant.get(id)),
    source: async (id) => known(await commits.look(() => source.get(id))),
    sourceOfName: async (name) => known(await commits.look(() => ofName.get(name))),
    registrantOf: async (topic) => known(await commits.look(() => registrant.get(topic))),
    async subscriberByToken(tokenHash, now) {
      const row = await commits.look(() => subscriber.get({ tokenHash, now }))
      return row && { ...row, topics: JSON.parse(row.topics) as string[] }
    },
  }
}
