import { sql } from 'kysely'
import type { Retention } from '../core/store-ports.ts'
import type { Db } from './tables.ts'

/** How far a walk over old events has come: up to this delivery of this event. */
interface EventPlace {
  acceptedAt: number
  seq: number
  delivery: number
}

interface KeyPlace {
  acceptedAt: number
  source: string
  key: string
}

const FIRST_EVENT: EventPlace = { acceptedAt: 0, seq: 0, delivery: 0 }
const FIRST_KEY: KeyPlace = { acceptedAt: 0, source: '', key: '' }

/**
 * Walks over what is old, a few rows a step and round again from the beginning: what has to stay is passed over once
 * a round, not at every step. Where a walk stands is kept in memory, since a new one costs no more than time.
 */
export function createRetention(db: Db): Retention {
  let event = FIRST_EVENT
  let key = FIRST_KEY
  return {
    async removeEvents(before, limit) {
      const { next, removed } = await removeEvents(db, event, before, limit)
      event = next
      return removed
    },
    async forgetKeys(before, limit) {
      const { next, removed } = await forgetKeys(db, key, before, limit)
      key = next
      return removed
    },
  }
}

/** Deliveries count as rows: an event may have had a hundred thousand subscriptions. */
function removeEvents(
  db: Db,
  from: EventPlace,
  before: number,
  limit: number,
): Promise<{ next: EventPlace; removed: number }> {
  return db.transaction().execute(async (tx) => {
    const { rows } = await sql<{ at: number; seq: number; num: number | null }>`
      select e.accepted_at as at, e.seq, d.num
      from events e left join deliveries d
        on d.event = e.seq and d.num > case when e.seq = ${from.seq} then ${from.delivery} else 0 end
      where (e.accepted_at, e.seq) >= (${from.acceptedAt}, ${from.seq}) and e.accepted_at <= ${before}
      order by e.accepted_at, e.seq, d.num limit ${limit}`.execute(tx)
    const last = rows.at(-1)
    if (last === undefined) return { next: FIRST_EVENT, removed: 0 }
    const deliveries = await sql`
      delete from deliveries where num in (
        select d.num from events e join deliveries d
          on d.event = e.seq and d.num > case when e.seq = ${from.seq} then ${from.delivery} else 0 end
        where (e.accepted_at, e.seq) >= (${from.acceptedAt}, ${from.seq})
          and (e.accepted_at, e.seq, d.num) <= (${last.at}, ${last.seq}, ${last.num ?? 0})
          and d.state <> 'waiting'
      )`.execute(tx)
    const events = await sql`
      delete from events
      where (accepted_at, seq) >= (${from.acceptedAt}, ${from.seq})
        and (accepted_at, seq) <= (${last.at}, ${last.seq})
        and not exists (select 1 from deliveries d where d.event = events.seq)
        and not exists (
          select 1 from publications p where p.seq = events.seq and p.fan_out_after is not null
        )`.execute(tx)

    const removed = Number(deliveries.numAffectedRows) + Number(events.numAffectedRows)
    if (rows.length < limit) return { next: FIRST_EVENT, removed }
    const next =
      last.num === null
        ? { acceptedAt: last.at, seq: last.seq + 1, delivery: 0 }
        : { acceptedAt: last.at, seq: last.seq, delivery: last.num }
    return { next, removed }
  })
}

/** A key outlives the events that came with it, which bear its source and time. */
function forgetKeys(
  db: Db,
  from: KeyPlace,
  before: number,
  limit: number,
): Promise<{ next: KeyPlace; removed: number }> {
  return db.transaction().execute(async (tx) => {
    const { rows } = await sql<KeyPlace>`
      select accepted_at as "acceptedAt", source, key from native_events
      where (accepted_at, source, key) > (${from.acceptedAt}, ${from.source}, ${from.key})
        and accepted_at <= ${before}
      order by accepted_at, source, key limit ${limit}`.execute(tx)
    const last = rows.at(-1)
    if (last === undefined) return { next: FIRST_KEY, removed: 0 }
    const keys = await sql`
      delete from native_events
      where (accepted_at, source, key) > (${from.acceptedAt}, ${from.source}, ${from.key})
        and (accepted_at, source, key) <= (${last.acceptedAt}, ${last.source}, ${last.key})
        and not exists (
          select 1 from events e
          where e.accepted_at = native_events.accepted_at and e.source = native_events.source
        )`.execute(tx)
    return { next: rows.length < limit ? FIRST_KEY : last, removed: Number(keys.numAffectedRows) }
  })
}
