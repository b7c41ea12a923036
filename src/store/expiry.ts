import type Sqlite from 'better-sqlite3'
import type { Expiry } from '../core/store-ports.ts'
import type { Commits } from './commits.ts'
import { createDiscard } from './discard.ts'
import { endAccess } from './end-access.ts'
import type { Row } from './tables.ts'

const FIRST_FAILING = { failing_since: -1, subscription: 0 }

type FailingQueue = typeof FIRST_FAILING & Pick<Row<'subscriptions'>, 'paused'>

/** Queues that a step looks at, and rows of each in one look: most that fail for long have nothing that is old. */
const FAILING_AT_ONCE = 50
const GIVEN_UP_AT_ONCE = 50

/** What time alone changes, in bounded steps. */
export function createExpiry(commits: Commits, file: Sqlite.Database): Expiry {
  const discard = createDiscard(file)
  const endLapsed = file.prepare(
    `update subscriptions set state = 'ended', ended_why = 'its lease ran out', undelivered = 1
     where num in (select num from subscriptions where state = 'active' and lease_expires_at <= ? limit ?)`,
  )
  // While its queue is held, some of what waits is under way: whoever holds it will hear that the subscription ended. One
  // that is active again may have its queue held for ever; what is under way of its former life ends by itself.
  const leavingSome = file.prepare<[], { num: number; state: string; active_from: number }>(
    `select num, state, active_from from subscriptions s where undelivered = 1 and (state = 'active'
       or not exists (select 1 from queues where subscription = s.num and claim is not null)) limit 1`,
  )
  const ofFormerLife = file.prepare<[number, number, number], { num: number }>(
    'select num from deliveries where subscription = ? and event <= ? limit ?',
  )
  const allLeft = file.prepare('update subscriptions set undelivered = 0 where num = ?')
  const nextFailing = file.prepare<[object], FailingQueue>(
    `select subscription, failing_since, (select paused from subscriptions where num = subscription) as paused from queues
     where (failing_since, subscription) > (@failing_since, @subscription) and failing_since <= @since
       and claim is null
     order by failing_since, subscription limit 1`,
  )
  // The oldest of those that were not tried come first, and of the others there are few.
  const waitingSince = file.prepare<[object], { num: number }>(
    `select num from (
       select * from (select num, coalesce(begun_at, created_at) as begun_at from deliveries
         where subscription = @subscription and behind = 0 and due_at = 0 order by num limit @limit)
       union all select * from (select num, coalesce(begun_at, created_at) from deliveries
         where subscription = @subscription and behind = 0 and due_at > 0 order by due_at limit @limit)
     ) where begun_at <= @since limit @limit`,
  )
  const freeing = [
    // Something may wait: whoever claims it next finds out.
    `update queues set claim = null, claimed_until = null, ready_at = max(gate_at, coalesce(ready_at, 0))
     where claim is not null and claimed_until <= ?`,
    ...['intents', 'web_topics'].map(
      (table) =>
        `update ${table} set claim = null, claimed_until = null where claim is not null and claimed_until <= ?`,
    ),
  ].map((sql) => file.prepare(sql))
  /** Where the walk over those that fail for long stands; it goes round. */
  let failing = FIRST_FAILING

  return {
    endLapsed: (now, limit) => commits.swift(() => endLapsed.run(now, limit).changes),

    endAccess: (now, limit) => commits.swift(() => endAccess(file, now, limit)),

    dropUndeliverable: (now, limit) =>
      commits.swift(() => {
        let dropped = 0
        // Most have nothing that waits: looking at one of them costs as much as dropping a delivery.
        for (let looked = 0; looked < limit && dropped < limit; looked += 1) {
          const subscription = leavingSome.get()
          if (subscription === undefined) break
          const { num, state, active_from } = subscription
          // Active again: only what was accepted in its former life goes.
          const upTo = state === 'active' ? active_from : Number.MAX_SAFE_INTEGER
          const left = limit - dropped
          const ofIt = discard(ofFormerLife.all(num, upTo, left), 'dropped', now)
          if (ofIt < left) allLeft.run(num)
          dropped += ofIt
        }
        return dropped
      }),

    giveUp: (now, ms, limit) =>
      commits.swift(() => {
        const since = now - ms
        let givenUp = 0
        for (let looked = 0; looked < FAILING_AT_ONCE && givenUp < limit;) {
          const queue = nextFailing.get({ ...failing, since })
          if (queue === undefined) {
            failing = FIRST_FAILING
            break
          }
          const atMost = Math.min(GIVEN_UP_AT_ONCE, limit - givenUp)
          const { subscription, paused } = queue
          // What is paused waits for whoever paused it.
          const old = paused === 1 ? [] : waitingSince.all({ subscription, since, limit: atMost })
          const ofIt = discard(old, 'dead', now)
          givenUp += ofIt
          // There may be more of it.
          if (ofIt === atMost) continue
          failing = queue
          looked += 1
        }
        return givenUp
      }),

    freeClaims: (now) =>
      commits.swift(() => {
        for (const free of freeing) free.run(now)
      }),
  }
}
