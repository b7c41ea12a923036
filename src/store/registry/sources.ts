import type Sqlite from 'better-sqlite3'
import type { NotNull } from 'kysely'
import { prefixesOverlap } from '../../core/registered-topic.ts'
import type { Registry, SourceRecord } from '../../core/registry-ports.ts'
import type { Disclosable } from '../../core/source.ts'
import type { Commits } from '../commits.ts'
import { isKept, isThere } from '../leaving.ts'
import { beginRemoval } from '../removals.ts'
import type { Row } from '../tables.ts'
import { all, build, run, so } from '../typed-sql.ts'
import { createRecords, makeNew } from './page.ts'

export function createSources(commits: Commits, file: Sqlite.Database): Registry['sources'] {
  const sources = build
    .selectFrom('sources')
    .selectAll()
    .where(so(isKept('sources')))
  const { find, get, list } = createRecords(file, sources, view)

  const change = (id: string, decide: (before: Row<'sources'>) => Partial<Row<'sources'>>) =>
    commits.durable(() => {
      const before = find(id)
      if (before === undefined) return undefined
      const after = { ...before, ...decide(before) }
      run(file, build.updateTable('sources').set(after).where('id', '=', id))
      return view(after)
    })

  return {
    get,
    list,
    make: ({ disclose, publish_unmapped = false, ...source }) =>
      commits.durable(() => {
        const { id, tenant, topic_prefix: prefix } = source
        if (!isThere(file, 'tenants', tenant)) return 'no-tenant'
        if (prefix !== null && overlaps(file, prefix)) return 'overlap'
        const insert = build.insertInto('sources').values({
          ...source,
          disclose: JSON.stringify(disclose),
          publish_unmapped: Number(publish_unmapped),
        })
        if (makeNew(file, insert)) return 'made'
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

function overlaps(file: Sqlite.Database, prefix: string): boolean {
  const prefixes = build.selectFrom('sources').select('topic_prefix').where('topic_prefix', 'is not', null)
  return all(file, prefixes.$narrowType<{ topic_prefix: NotNull }>()).some(({ topic_prefix }) =>
    prefixesOverlap(prefix, topic_prefix),
  )
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
