import type Sqlite from 'better-sqlite3'
import { readCredentials } from '../core/credentials.ts'
import type { Vault } from '../core/ports.ts'
import { sourceAuthContext } from '../core/sealing.ts'
import type { Disclosable } from '../core/source.ts'
import type { Directory, KnownSource } from '../core/store-ports.ts'
import { read } from './faults.ts'
import { isKept } from './leaving.ts'
import type { Row } from './tables.ts'

/** Who is known: looked up at every request, so that a change takes effect at once. */
export function createDirectory(file: Sqlite.Database, vault: Vault): Directory {
  const tenant = file.prepare<[string], Pick<Row<'tenants'>, 'id' | 'subscribe'>>(
    `select id, subscribe from tenants where id = ? and ${isKept('tenants')}`,
  )
  const sources = (where: string) =>
    file.prepare<[string], Row<'sources'>>(`select * from sources where ${where} and ${isKept('sources')}`)
  const source = sources('id = ?')
  // Prefixes do not overlap: there is one at the most.
  const ofName = sources('substr(?, 1, length(topic_prefix)) = topic_prefix')
  const registrant = sources('id = (select source from registered_topics where topic = ?)')
  const subscriber = file.prepare<[object], { id: string; tenant: string; topics: string }>(
    `select id, tenant, topics from subscribers
     where token_hash = @tokenHash and (expires_at is null or expires_at > @now) and ${isKept('subscribers')}
     union all select id, tenant, topics from subscribers
     where former_hash = @tokenHash and former_until > @now and ${isKept('subscribers')}`,
  )

  const known = (row: Row<'sources'> | undefined): KnownSource | undefined =>
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
    tenant: (id) => read(() => tenant.get(id)),
    source: (id) => read(() => known(source.get(id))),
    sourceOfName: (name) => read(() => known(ofName.get(name))),
    registrantOf: (topic) => read(() => known(registrant.get(topic))),
    subscriberByToken: (tokenHash, now) =>
      read(() => {
        const row = subscriber.get({ tokenHash, now })
        return row && { ...row, topics: JSON.parse(row.topics) as string[] }
      }),
  }
}
