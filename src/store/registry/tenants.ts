import type Sqlite from 'better-sqlite3'
import type { MayKeep } from '../../core/access.ts'
import type { Registry } from '../../core/registry-ports.ts'
import { WEB } from '../../core/web-topic.ts'
import type { Commits } from '../commits.ts'
import { withdraw } from '../denials.ts'
import { isKept } from '../leaving.ts'
import { beginRemoval } from '../removals.ts'
import type { Row } from '../tables.ts'
import { all, build, run, so } from '../typed-sql.ts'
import { createRecords, makeNew } from './page.ts'
import { endUncovered } from './subscribers.ts'

/** The operator's: what pages of others belong to is none of them. */
export function createTenants(commits: Commits, file: Sqlite.Database): Registry['tenants'] {
  const tenants = build
    .selectFrom('tenants')
    .selectAll()
    .where('id', '!=', WEB)
    .where(so(isKept('tenants')))
  const { find, get, list } = createRecords(file, tenants, (row: Row<'tenants'>) => row)
  return {
    get,
    list,
    make: (tenant) =>
      commits.durable(() => {
        if (makeNew(file, build.insertInto('tenants').values(tenant))) return 'made'
        return find(tenant.id) === undefined ? 'leaving' : 'exists'
      }),

    change: (id, { subscribe, mayKeep, now }) =>
      commits.durable(() => {
        const before = find(id)
        if (before === undefined) return undefined
        run(file, build.updateTable('tenants').set({ subscribe }).where('id', '=', id))
        if (before.subscribe === 'open' && subscribe === 'token') close(file, id, mayKeep, now)
        return { ...before, subscribe }
      }),

    /** Its sources, subscribers, subscriptions, events and deliveries go with it; whoever was subscribed is told. */
    remove: (id, now) =>
      commits.durable(() => {
        if (find(id) === undefined) return false
        beginRemoval(file, { kind: 'tenants', id }, now)
        return true
      }),
  }
}

/** Who subscribed because anyone could gets nothing more. */
function close(file: Sqlite.Database, tenant: string, mayKeep: MayKeep, now: number): void {
  const words = { why: 'its tenant is not open any more', reason: 'access was withdrawn', now }
  withdraw(file, null, (s) => s('tenant', '=', tenant), words)
  const subscribers = build.selectFrom('subscribers').select(['id', 'topics']).where('tenant', '=', tenant)
  for (const { id, topics } of all(file, subscribers))
    endUncovered(file, { id, tenant, topics: JSON.parse(topics) as string[] }, mayKeep, now)
}
