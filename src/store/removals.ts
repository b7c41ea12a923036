/**
 * Deleting: what goes is marked at once, with a row of `removals`, and removed in small commits. Each kind has its
 * stages; where a removal stands is written with what it did, so that the next step goes on there, after a restart too.
 */
import type Sqlite from 'better-sqlite3'
import type { RemovalKind, Removals } from '../core/store-ports.ts'
import type { Commits } from './commits.ts'
import type { Removal, Stage } from './removal-stage.ts'
import { eventsOf, rowsOf, subscriptionsOf } from './removal-rows.ts'
import { tellOwner, tellTenant, tellTopics } from './removal-denials.ts'

/** Rows that are removed with the answer to whoever deletes: most have no more. */
const AT_ONCE = 500

const OF_TENANT = 'source in (select id from sources where tenant = @id)'
const OF_SOURCE = 'source = @id'
const IN_TENANT = 'tenant = @id'
const ITSELF = 'id = @id'

const STAGES: Record<RemovalKind, readonly Stage[]> = {
  tenants: [
    tellTenant,
    eventsOf,
    rowsOf('native_events', 'source, key', OF_TENANT),
    rowsOf('user_memories', 'num', OF_TENANT),
    rowsOf('registered_topics', 'topic', OF_TENANT),
    subscriptionsOf(IN_TENANT),
    rowsOf('sources', 'id', IN_TENANT),
    rowsOf('subscribers', 'id', IN_TENANT),
    rowsOf('webhooks', 'id', IN_TENANT),
    rowsOf('tenants', 'id', ITSELF),
  ],
  sources: [
    tellTopics,
    rowsOf('native_events', 'source, key', OF_SOURCE),
    rowsOf('user_memories', 'num', OF_SOURCE),
    rowsOf('sources', 'id', ITSELF),
  ],
  subscribers: [tellOwner, rowsOf('subscribers', 'id', ITSELF)],
  subscriptions: [subscriptionsOf('num = @subscription')],
}

/** Marks it, within the commit of whoever deletes it, and removes as much as is soon done. */
export function beginRemoval(
  file: Sqlite.Database,
  { subscription, ...mark }: { kind: RemovalKind; id: string; subscription?: number },
  now: number,
): void {
  const insert = file.prepare<[object], Removal>(
    `insert into removals (kind, id, tenant, source, owner, subscription, created_at)
     values (@kind, @id, iif(@kind = 'tenants', @id, null), iif(@kind = 'sources', @id, null),
       iif(@kind = 'subscribers', @id, null), @subscription, @now) returning *`,
  )
  for (const removal of insert.all({ ...mark, subscription: subscription ?? null, now }))
    goOn(file, removal, AT_ONCE, now)
}

export function createRemovals(commits: Commits, file: Sqlite.Database): Removals {
  /** The one before: each has its turn, however large another is. */
  let after = 0
  const next = file.prepare<[number], Removal>('select * from removals where num > ? order by num limit 1')
  return {
    next: (limit, now) =>
      commits.durable(() => {
        const removal = next.get(after) ?? next.get(0)
        if (removal === undefined) return undefined
        const { kind, id } = removal
        after = removal.num
        return { kind, id, isOver: goOn(file, removal, limit, now) }
      }),
  }
}

/** @returns whether nothing is left of it */
function goOn(file: Sqlite.Database, removal: Removal, limit: number, now: number): boolean {
  const stages = STAGES[removal.kind]
  let left = limit
  for (let stage = stages[removal.stage]; stage !== undefined; stage = stages[removal.stage]) {
    if (left <= 0) {
      file.prepare('update removals set stage = @stage, place = @place where num = @num').run(removal)
      return false
    }
    const done = stage(file, removal, left, now)
    if (done < left) {
      removal.stage += 1
      removal.place = 0
    }
    left -= done
  }
  file.prepare('delete from removals where num = ?').run(removal.num)
  return true
}
