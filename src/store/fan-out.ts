import { sql } from 'kysely'
import type { FanOut } from '../core/store-ports.ts'
import type { Db } from './db.ts'

/** A publication becomes deliveries, a chunk at a time; the cursor moves in the same commit as the chunk. */
export function createFanOut(db: Db): FanOut {
  return {
    next: (limit, now) =>
      db.transaction().execute(async (tx) => {
        const publication = await tx
          .selectFrom('publications')
          .select(['topic', 'seq', 'fan_out_after'])
          .where('fan_out_after', 'is not', null)
          .orderBy('seq')
          .orderBy('topic')
          .limit(1)
          .executeTakeFirst()
        if (publication === undefined) return undefined
        const { topic, seq, fan_out_after } = publication

        // Who was active when the event was accepted is decided by the sequence, not by clocks.
        const { rows } = await sql<{ subscription: number }>`
          insert into deliveries (subscription, event, state, attempts, due_at, created_at)
          select num, ${seq}, 'waiting', 0, ${now}, ${now} from subscriptions
          where topic = ${topic} and state = 'active' and num > ${fan_out_after}
            and active_from < ${seq} and lease_expires_at > ${now}
          order by num limit ${limit}
          returning subscription`.execute(tx)

        const done = rows.length < limit
        await tx
          .updateTable('publications')
          .set({ fan_out_after: done ? null : Math.max(...rows.map((row) => row.subscription)) })
          .where('topic', '=', topic)
          .where('seq', '=', seq)
          .execute()
        return { topic, deliveries: rows.length }
      }),
  }
}
