import type Sqlite from 'better-sqlite3'
import type { MayKeep, Subscriber } from '../../core/access.ts'
import type { Registry, SubscriberRecord, TokenRotation } from '../../core/registry-ports.ts'
import type { Commits } from '../commits.ts'
import { withdraw, withdrawAsked } from '../denials.ts'
import { isKept, isThere } from '../leaving.ts'
import { SUBSCRIBER_DELETED } from '../removal-denials.ts'
import { beginRemoval } from '../removals.ts'
import type { Row } from '../tables.ts'
import { createRecords } from './page.ts'

export function createSubscribers(commits: Commits, file: Sqlite.Database): Registry['subscribers'] {
  const seen = `select * from subscribers where ${isKept('subscribers')}`
  const { find, get, list } = createRecords(file, seen, view)
  const insert = file.prepare(
    `insert into subscribers (id, tenant, topics, token_hash, token_made_at, expires_at, lapses_at, created_at)
     values (@id, @tenant, @topics, @token_hash, @created_at, @expires_at, @expires_at, @created_at)
     on conflict (id) do nothing`,
  )
  const save = file.prepare(
    `update subscribers set topics = @topics, token_hash = @token_hash, token_made_at = @token_made_at,
       expires_at = @expires_at, former_hash = @former_hash, former_until = @former_until, lapses_at = @lapses_at
     where id = @id`,
  )
  const isOpen = file.prepare(`select 1 from tenants where id = ? and subscribe = 'open'`)
  return {
    get,
    list,
    make: ({ topics, expires_at = null, ...subscriber }) =>
      commits.durable(() => {
        if (!isThere(file, 'tenants', subscriber.tenant)) return 'no-tenant'
        if (insert.run({ ...subscriber, topics: JSON.stringify(topics), expires_at }).changes > 0)
          return 'made'
        return find(subscriber.id) === undefined ? 'leaving' : 'exists'
      }),

    rotate: (id, rotation) =>
      commits.durable(() => {
        const before = find(id)
        if (before === undefined) return undefined
        const after = { ...before, ...rotated(before, rotation) }
        save.run(after)
        return view(after)
      }),

    change: (id, { topics, mayKeep, now }) =>
      commits.durable(() => {
        const before = find(id)
        if (before === undefined) return undefined
        save.run({ ...before, topics: JSON.stringify(topics) })
        const subscriber = { ...view(before), topics }
        // Where anyone may subscribe, a subscriber may as well.
        if (isOpen.get(before.tenant) === undefined) endUncovered(file, subscriber, mayKeep, now)
        return subscriber
      }),

    /** Its subscriptions end at once, by denial, and what it asked for but never confirmed is forgotten. */
    remove: (id, now) =>
      commits.durable(() => {
        if (find(id) === undefined) return false
        beginRemoval(file, { kind: 'subscribers', id }, now)
        withdrawAsked(file, id, ['true'], { ...SUBSCRIBER_DELETED, now })
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
  const topics = file
    .prepare<[object], string>(
      `select topic from subscriptions where owner = @id
       union select s.topic from intents i join subscriptions s on s.num = i.subscription where i.owner = @id`,
    )
    .pluck()
  const lost = topics.all({ id }).filter((topic) => !mayKeep(subscriber, topic))
  if (lost.length === 0) return
  const words = { why: 'its subscriber may not read the topic any more', reason: 'access was withdrawn', now }
  const which = 'topic in (select value from json_each(@lost))'
  withdraw(file, id, [which, { lost: JSON.stringify(lost) }], words)
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
