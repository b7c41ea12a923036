import type Sqlite from 'better-sqlite3'
import type { Backlog } from '../core/delivery-ports.ts'

interface Counted {
  deliveries: number
  retries: number
  oldest: number | null
  failing: number
  to_come: number
}

/**
 * Counted, not kept count of: nothing that is written has to keep a number true. It waits for no transaction of
 * others, so that it takes as long as the counting does.
 */
export function createBacklog(file: Sqlite.Database): Backlog {
  const count = file.prepare<[], Counted>(
    `select count(*) as deliveries, count(nullif(due_at, 0)) as retries,
       (select created_at from deliveries order by num limit 1) as oldest,
       (select count(*) from queues where failing_since is not null) as failing,
       (select coalesce(sum(publications * (
          select count(*) from subscriptions where topic = waiting.topic and num > fan_out_after and state = 'active'
        )), 0)
        from (select topic, fan_out_after, count(*) as publications from publications
          where fan_out_after is not null group by topic, fan_out_after) as waiting) as to_come
     from deliveries`,
  )
  return {
    measure() {
      const began = performance.now()
      const row = count.get()
      if (row === undefined) throw new Error('an aggregate is always a row')
      const { deliveries, retries, oldest, failing, to_come } = row
      return Promise.resolve({
        deliveries,
        retries,
        toCome: to_come,
        failingSubscriptions: failing,
        ms: performance.now() - began,
        ...(oldest !== null && { oldestAt: oldest }),
      })
    },
  }
}
