import type Sqlite from 'better-sqlite3'
import type { Updateable } from 'kysely'
import type { MayKeep, Subscriber } from '../../core/access.ts'
import type { Registry, SubscriberRecord, TokenRotation } from '../../core/registry-ports.ts'
import { among } from '../among.ts'
import type { Commits } from '../commits.ts'
import { EVERY, withdraw, withdrawAsked } from '../denials.ts'
import { isKept, isThere } from '../leaving.ts'
import { SUBSCRIBER_DELETED } from '../removal-denials.ts'
import { beginRemoval } from '../removals.ts'
import type { Row, Tables } from '../tables.ts'
import { all, build, first, run, so } from '../typed-sql.ts'
import { createRecords, makeNew } from './page.ts'

export function createSubscribers(commits: Commits, file: Sqlite.Database): Registry['subscribers'] {
  const subscribers = build
    .selectFrom('subscribers')
    .selectAll()
    .where(so(isKept('subscribers')))
  const { find, get, list } = createRecords(file, subscribers, view)
  const save = (id: string, changed: Updateable<Tables['subscribers']>) =>
    run(file, build.updateTable('subscribers').set(changed).where('id', '=', id))
  return {
    get,
    list,
    make: ({ topics, expires_at = null, ...subscriber }) =>
      commits.durable(() => {
        if (!isThere(file, 'tenants', subscriber.tenant)) return 'no-tenant'
        const insert = build.insertInto('subscribers').values({
          ...{ ...subscriber, topics: JSON.stringify(topics) },
          ...{ token_made_at: subscriber.created_at, expires_at, lapses_at: expires_at },
        })
        if (makeNew(file, insert)) return 'made'
        return find(subscriber.id) === undefined ? 'leaving' : 'exists'
      }),

    rotate: (id, rotation) =>
      commits.durable(() => {
        const before = find(id)
        if (before === undefined) return undefined
        const changed = rotated(before, rotation)
        save(id, changed)
        return view({ ...before, ...changed })
      }),

    change: (id, { topics, mayKeep, now }) =>
      commits.durable(() => {
        const before = find(id)
        if (before === undefined) return undefined
        save(id, { topics: JSON.stringify(topics) })
        const subscriber = { ...view(before), topics }
        // Where anyone may subscribe, a subscriber may as well.
        const tenant = build.selectFrom('tenants').select('subscribe').where('id', '=', before.tenant)
        if (first(file, tenant)?.subscribe !== 'open') endUncovered(file, subscriber, mayKeep, now)
        return subscriber
      }),

    /** Its subscriptions end at once, by denial, and what it asked for but never confirmed is forgotten. */
    remove: (id, now) =>
      commits.durable(() => {
        if (find(id) === undefined) return false
        beginRemoval(file, { kind: 'subscribers', id }, now)
        withdrawAsked(file, id, EVERY, { ...SUBSCRIBER_DELETED, now })
        return true
      }),
  }
}

/** Ends what a subscriber has or has asked for and may not read; within a commit. */
export function endUncovered(
  file: Sqlite.Database,
  subscriber: Subscriber,
  mayKeep: MayKeep,
  now: number,
): void {
  const { id } = subscriber
  const held = build.selectFrom('subscriptions').select('topic').where('owner', '=', id)
  const asked = build
    .selectFrom('intents as i')
    .innerJoin('subscriptions as s', 's.num', 'i.subscription')
    .select('s.topic')
    .where('i.owner', '=', id)
  const topics = all(file, held.union(asked)).map(({ topic }) => topic)
  const lost = topics.filter((topic) => !mayKeep(subscriber, topic))
  if (lost.length === 0) return
  const words = { why: 'its subscriber may not read the topic any more', reason: 'access was withdrawn', now }
  withdraw(file, id, (s) => s('topic', 'in', among(lost)), words)
}

function rotated(
  before: Row<'subscribers'>,
  { token_hash, now, overlapMs, expires_at }: TokenRotation,
): Partial<Row<'subscribers'>> {
  const lifetime = before.expires_at === null ? null : before.expires_at - before.token_made_at
  const end = expires_at === undefined ? lifetime && now + lifetime : expires_at
  const until = Math.min(now + overlapMs, before.expires_at ?? Infinity)
  const former = until > now ? until : null
  return {
    ...{ token_hash, token_made_at: now, expires_at: end },
    ...{ former_hash: former === null ? null : before.token_hash, former_until: former },
    lapses_at: end && Math.max(end, former ?? 0),
  }
}

/** The tokens' hashes stay behind. */
const view = ({
  id,
  tenant,
  topics,
  expires_at,
  former_until,
  created_at,
}: Row<'subscribers'>): SubscriberRecord => ({
  ...{ id, tenant, topics: JSON.parse(topics) as string[], expires_at, former_until, created_at },
})
