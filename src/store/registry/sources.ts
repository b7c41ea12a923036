import type Sqlite from 'better-sqlite3'
import { prefixesOverlap } from '../../core/registered-topic.ts'
import type { Registry, SourceRecord } from '../../core/registry-ports.ts'
import type { Disclosable } from '../../core/source.ts'
import type { Commits } from '../commits.ts'
import { isKept, isThere } from '../leaving.ts'
import { beginRemoval } from '../removals.ts'
import type { Row } from '../tables.ts'
import { createRecords } from './page.ts'

export function createSources(commits: Commits, file: Sqlite.Database): Registry['sources'] {
  const seen = `select * from sources where ${isKept('sources')}`
  const { find, get, list } = createRecords(file, seen, view)
  const insert = file.prepare(
    `insert into sources (id, tenant, provider, issuer, auth_method, auth_sealed, disclose, max_age, topic_prefix,
       publish_unmapped, created_at)
     values (@id, @tenant, @provider, @issuer, @auth_method, @auth_sealed, @disclose, @max_age, @topic_prefix,
       @publish_unmapped, @created_at) on conflict do nothing`,
  )
  const save = file.prepare<[object], Row<'sources'>>(
    `update sources set issuer = @issuer, auth_method = @auth_method, auth_sealed = @auth_sealed, disclose = @disclose,
       max_age = @max_age, publish_unmapped = @publish_unmapped
     where id = @id returning *`,
  )
  const prefixes = file
    .prepare<[], string>('select topic_prefix from sources where topic_prefix is not null')
    .pluck()

  const change = (id: string, decide: (before: Row<'sources'>) => Partial<Row<'sources'>>) =>
    commits.durable(() => {
      const before = find(id)
      const after = before && save.get({ ...before, ...decide(before) })
      return after && view(after)
    })

  return {
    get,
    list,
    make: ({ disclose, publish_unmapped = false, ...source }) =>
      commits.durable(() => {
        const { id, tenant, topic_prefix: prefix } = source
        if (!isThere(file, 'tenants', tenant)) return 'no-tenant'
        if (prefix !== null && prefixes.all().some((other) => prefixesOverlap(prefix, other)))
          return 'overlap'
        const row = {
          ...source,
          disclose: JSON.stringify(disclose),
          publish_unmapped: Number(publish_unmapped),
        }
        if (insert.run(row).changes > 0) return 'made'
        return find(id) === undefined ? 'leaving' : 'exists'
      }),

    change: (id, { disclose, publish_unmapped, ...rest }) =>
      change(id, () => ({
        ...rest,
        ...(disclose !== undefined && { disclose: JSON.stringify(disclose) }),
        ...(publish_unmapped !== undefined && { publish_unmapped: Number(publish_unmapped) }),
      })),

    reseal: (id, sealAnew) => change(id, ({ auth_sealed }) => ({ auth_sealed: sealAnew(auth_sealed) })),

    /** What it published stays; the topics that it registered go, and their subscriptions end by denial. */
    remove: (id, now) =>
      commits.durable(() => {
        if (find(id) === undefined) return false
        beginRemoval(file, { kind: 'sources', id }, now)
        return true
      }),
  }
}

/** The sealed credentials stay behind, and what the store counts for itself. */
const view = (row: Row<'sources'>): SourceRecord => ({
  id: row.id,
  tenant: row.tenant,
  provider: row.provider,
  issuer: row.issuer,
  auth_method: row.auth_method,
  disclose: JSON.parse(row.disclose) as Disclosable[],
  max_age: row.max_age,
  topic_prefix: row.topic_prefix,
  publish_unmapped: row.publish_unmapped === 1,
  created_at: row.created_at,
  last_accepted_at: row.last_accepted_at,
  last_refused_at: row.last_refused_at,
  last_refused_why: row.last_refused_why,
})
