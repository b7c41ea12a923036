import { setImmediate } from 'node:timers/promises'
import type Sqlite from 'better-sqlite3'
import type { Backlog } from '../core/delivery-ports.ts'
import type { Row } from './tables.ts'

/** What is counted but the deliveries, which are too many for one go. */
interface Others {
  oldest: number | null
  failing: number
  to_come: number
}

type Place = Pick<Row<'deliveries'>, 'subscription' | 'behind' | 'due_at' | 'num'>

/** Before all of them. */
const START: Place = { subscription: -1, behind: 0, due_at: 0, num: 0 }

/** Deliveries counted in one go: a millisecond or two. */
const LOOK = 5_000

const BEYOND = '(subscription, behind, due_at, num) > (@subscription, @behind, @due_at, @num)'

/**
 * Counted, not kept count of: nothing that is written has to keep a number true. It waits for no transaction of
 * others, and is done in looks, between which everyone else has a turn. What changes meanwhile may be counted twice or
 * not at all.
 */
export function createBacklog(file: Sqlite.Database): Backlog {
  // What is to come before what has come: in between it is counted twice rather than left out.
  const others = file.prepare<[], Others>(
    `select (select created_at from deliveries order by num limit 1) as oldest,
       (select count(*) from queues cross join subscriptions on num = subscription
          where failing_since is not null and state = 'active' and paused = 0) as failing,
       (select coalesce(sum(publications * (
          select count(*) from subscriptions where topic = waiting.topic and num > fan_out_after and state = 'active'
        )), 0)
        from (select topic, fan_out_after, count(*) as publications from publications
          where fan_out_after is not null group by topic, fan_out_after) as waiting) as to_come`,
  )
  const count = file.prepare<[object], { deliveries: number; retries: number }>(
    `select count(*) as deliveries, count(nullif(due_at, 0)) as retries from (
       select due_at from deliveries where ${BEYOND} order by subscription, behind, due_at, num limit ${LOOK})`,
  )
  const lastOf = file.prepare<[object], Place>(
    `select subscription, behind, due_at, num from deliveries where ${BEYOND}
     order by subscription, behind, due_at, num limit 1 offset ${LOOK - 1}`,
  )
  return {
    async measure() {
      let ms = 0
      const timed = <T>(query: () => T): T => {
        const began = performance.now()
        const result = query()
        ms += performance.now() - began
        return result
      }
      const row = timed(() => others.get())
      if (row === undefined) throw new Error('subqueries alone are always a row')
      const sum = { deliveries: 0, retries: 0 }
      let from: Place | undefined = START
      while (from !== undefined) {
        const place: Place = from
        const look = timed(() => count.get(place)) ?? { deliveries: 0, retries: 0 }
        sum.deliveries += look.deliveries
        sum.retries += look.retries
        from = look.deliveries < LOOK ? undefined : timed(() => lastOf.get(place))
        await setImmediate()
      }
      const { oldest, failing: failingSubscriptions, to_come: toCome } = row
      return { ...sum, toCome, failingSubscriptions, ms, ...(oldest !== null && { oldestAt: oldest }) }
    },
  }
}
