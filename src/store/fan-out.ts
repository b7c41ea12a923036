import { type Selectable, sql } from 'kysely'
import type { FanOut } from '../core/store-ports.ts'
import { alive } from './alive.ts'
import type { Db, Tables, Tx } from './tables.ts'

/** Publications of one commit: enough to keep up with those who publish, few enough not to make them wait. */
const AT_ONCE = 64

/** Publications become deliveries, a chunk at a time; their cursors move in the same commit as the chunk. */
export function createFanOut(db: Db): FanOut {
  return {
    next: (limit, now) =>
      db.transaction().execute(async (tx) => {
        const publications = await tx
          .selectFrom('publications')
          .selectAll()
          .where('fan_out_after', 'is not', null)
          .orderBy('seq')
          .orderBy('topic')
          .limit(AT_ONCE)
          .execute()
        const chunks: { topic: string; deliveries: number }[] = []
        let left = limit
        for (const publication of publications) {
          if (left === 0) break
          const deliveries = await makeDeliveries(tx, publication, left, now)
          chunks.push({ topic: publication.topic, deliveries })
          left -= deliveries
        }
        return chunks
      }),
  }
}

/** @returns how many were made; the publication waits on when they were as many as allowed */
async function makeDeliveries(
  tx: Tx,
  { topic, seq, fan_out_after }: Selectable<Tables['publications']>,
  limit: number,
  now: number,
): Promise<number> {
  // Who was active when the event was accepted is decided by the sequence, not by clocks.
  const { rows } = await sql<{ subscription: number }>`
    insert into deliveries (subscription, event, state, attempts, due_at, created_at)
    select num, ${seq}, 'waiting', 0, ${now}, ${now} from subscriptions s
    where topic = ${topic} and num > ${fan_out_after} and active_from < ${seq} and ${alive('s', now)}
    order by num limit ${limit}
    returning subscription`.execute(tx)

  const done = rows.length < limit
  await tx
    .updateTable('publications')
    .set({ fan_out_after: done ? null : Math.max(...rows.map((row) => row.subscription)) })
    .where('topic', '=', topic)
    .where('seq', '=', seq)
    .execute()
  return rows.length
}
