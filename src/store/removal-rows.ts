/** The stages of a removal that remove rows: so many at the most, by indexes, whatever hangs on them. */
import type Sqlite from 'better-sqlite3'
import { HUB_SOURCE } from '../core/source.ts'
import { numbered, NUMS } from './among.ts'
import { createEventRemoval } from './event-removal.ts'
import type { Removal, Stage } from './removal-stage.ts'
import type { Row, Tables } from './tables.ts'

/** @param key the table's key, by which the rows go @param which of its rows, those of the removal's `@id` */
export const rowsOf =
  (table: keyof Tables, key: string, which: string): Stage =>
  (file, { id }, limit) => {
    const rows = `select ${key} from ${table} where ${which} limit @limit`
    return file.prepare(`delete from ${table} where (${key}) in (${rows})`).run({ id, limit }).changes
  }

/** The tenant's events with all that came of them: deliveries count, of which one may have a hundred thousand. */
export const eventsOf: Stage = (file, { id }, limit) => {
  const look = file.prepare<[string, number], number>(
    'select seq from events where tenant = ? order by seq limit ?',
  )
  const remove = createEventRemoval(file)
  let left = limit
  for (const seq of look.pluck().all(id, limit)) {
    if (left <= 0) break
    const { waiting, history, isGone } = remove(seq, left)
    left -= waiting + history + Number(isGone)
  }
  return limit - left
}

/** One by one. @param which of them, those of the removal */
export const subscriptionsOf =
  (which: string): Stage =>
  (file, removal, limit) => {
    const next = file.prepare<[Removal], Row<'subscriptions'>>(
      `select * from subscriptions where ${which} order by num limit 1`,
    )
    let done = 0
    while (done < limit) {
      const subscription = next.get(removal)
      if (subscription === undefined) break
      done += removeSubscription(file, subscription, removal, limit - done)
    }
    return done
  }

/** With its deliveries: first what waits, then what is done with, by the events that it can have had. */
function removeSubscription(
  file: Sqlite.Database,
  { num, topic, tenant }: Row<'subscriptions'>,
  removal: Removal,
  limit: number,
): number {
  const drop = file.prepare(
    'delete from deliveries where num in (select num from deliveries where subscription = ? limit ?)',
  )
  const waited = drop.run(num, limit).changes
  if (waited === limit) return limit
  const left = limit - waited
  const events = file.prepare<[object], number>(
    `select seq from publications where topic = @topic and seq > @place
     union all
     select seq from events where tenant = @tenant and source = '${HUB_SOURCE}' and seq > @place
     order by seq limit @left`,
  )
  const seqs = events.pluck().all({ topic, tenant, place: removal.place, left })
  const forget = file.prepare(`delete from history where subscription = @num and event in ${NUMS}`)
  forget.run({ num, ...numbered(seqs) })
  if (seqs.length === left) {
    removal.place = seqs.at(-1) ?? removal.place
    return limit
  }
  removal.place = 0
  file.prepare('delete from subscriptions where num = ?').run(num)
  return waited + seqs.length + 1
}
