import type Sqlite from 'better-sqlite3'
import type { FanOut } from '../core/delivery-ports.ts'
import { ALIVE } from './alive.ts'
import type { Commits } from './commits.ts'
import { wakeQueues } from './enqueue.ts'
import type { Row } from './tables.ts'

/** Publications of one commit: enough to keep up with those who publish, few enough not to make them wait. */
const AT_ONCE = 64

/** One that still lacks deliveries. */
type Publication = Row<'publications'> & { fan_out_after: number }

/** Which subscriptions of the topic get the event: the sequence decides who was active, not clocks. */
const ENTITLED = `topic = @topic and num > @after and active_from < @seq and ${ALIVE}`

/** Publications become deliveries, a chunk at a time; their cursors move in the same commit as the chunk. */
export function createFanOut(commits: Commits, file: Sqlite.Database): FanOut {
  const waiting = file.prepare<[number], Publication>(
    `select topic, seq, fan_out_after from publications where fan_out_after is not null
     order by seq, topic limit ?`,
  )
  const make = file.prepare(
    `insert into deliveries (subscription, event, created_at)
     select num, @seq, @now from subscriptions where ${ENTITLED} order by num limit @limit`,
  )
  const subscriptionOf = file.prepare<[number | bigint], { subscription: number }>(
    'select subscription from deliveries where num = ?',
  )
  const wake = file.prepare(wakeQueues(`${ENTITLED} and num <= @last`))
  const move = file.prepare(
    'update publications set fan_out_after = @last where topic = @topic and seq = @seq',
  )

  /** @returns how many were made; where they are as many as allowed, the publication still waits */
  function makeDeliveries({ topic, seq, fan_out_after }: Publication, limit: number, now: number): number {
    const of = { topic, seq, after: fan_out_after, now }
    const { changes, lastInsertRowid } = make.run({ ...of, limit })
    // They are made in the order of the subscriptions' numbers.
    const last = changes === 0 ? undefined : subscriptionOf.get(lastInsertRowid)?.subscription
    if (last !== undefined) wake.run({ ...of, last, at: now })
    move.run({ topic, seq, last: changes < limit ? null : last })
    return changes
  }

  return {
    next: (limit, now) =>
      commits.swift(() => {
        const chunks: { topic: string; deliveries: number }[] = []
        const publications = waiting.all(AT_ONCE)
        // One topic with many subscriptions must not hold up the others.
        const share = Math.ceil(limit / new Set(publications.map(({ topic }) => topic)).size)
        /** What was accepted later of these has to wait: deliveries are made in the order of acceptance. */
        const unfinished = new Set<string>()
        let left = limit
        for (const publication of publications) {
          const { topic } = publication
          if (left === 0) break
          if (unfinished.has(topic)) continue
          const most = Math.min(left, share)
          const deliveries = makeDeliveries(publication, most, now)
          if (deliveries === most) unfinished.add(topic)
          chunks.push({ topic, deliveries })
          left -= deliveries
        }
        return chunks
      }),
  }
}
