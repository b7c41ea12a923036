import { sql } from 'kysely'
import type { Backlog } from '../core/delivery-ports.ts'
import type { Db } from './tables.ts'

/** Counted, not kept count of: nothing that is written has to keep a number true. */
export function createBacklog(db: Db): Backlog {
  return {
    async measure() {
      const { rows } = await sql<{
        deliveries: number
        retries: number
        oldest: number | null
        failing: number
      }>`
        select count(*) as deliveries, count(nullif(due_at, 0)) as retries,
          (select created_at from deliveries order by num limit 1) as oldest,
          (select count(*) from queues where failing_since is not null) as failing
        from deliveries`.execute(db)
      const [row] = rows
      if (row === undefined) throw new Error('an aggregate is always a row')
      const { deliveries, retries, oldest, failing } = row
      return {
        deliveries,
        retries,
        failingSubscriptions: failing,
        ...(oldest !== null && { oldestAt: oldest }),
      }
    },
  }
}
