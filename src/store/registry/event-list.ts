/** Events in a list, the newest first: by their places, or by their ages where a time is asked for. */
import { type RawBuilder, sql } from 'kysely'
import type { EventFilters, PageRequest } from '../../core/list.ts'
import { isGoneEvent } from '../leaving.ts'
import type { Db } from '../tables.ts'
import { all, belowKey, type Keys, LOOK, look, pageOfLooks } from './looks.ts'

export async function pageOfEvents(
  db: Db,
  { after, limit, ...filters }: PageRequest & EventFilters,
): Promise<Keys> {
  const { tenant, source, category, name, since, until } = filters
  const cursor = belowKey(after, 2)
  // Whichever is lower: an index is entered at one place.
  const below = until === undefined || (cursor[0] ?? 0) < until ? cursor : [until, 0]
  const most = Math.max(limit + 1, LOOK)
  const fits = all([
    sql.raw(`not ${isGoneEvent('e')}`),
    tenant === undefined ? undefined : sql`e.tenant = ${tenant}`,
    source === undefined ? undefined : sql`e.source = ${source}`,
    category === undefined ? undefined : sql`e.category = ${category}`,
    name === undefined ? undefined : sql`e.name = ${name}`,
  ])
  // The clock may have been set back: an event's age and its place are two things.
  const isDated = since !== undefined || until !== undefined
  const candidates = isDated
    ? sql`select accepted_at as k0, seq as k1 from events
        where (accepted_at, seq) < (${sql.join(below)})
          and accepted_at >= ${since ?? 0}
        order by accepted_at desc, seq desc limit ${most}`
    : sql`select 0 as k0, seq as k1 from events
        where ${all([tenant === undefined ? undefined : sql`tenant = ${tenant}`])} and seq < ${below[1]}
        order by seq desc limit ${most}`
  const looked = await look(db, withFits(candidates, fits), most)
  return pageOfLooks([looked], limit)
}

const withFits = (candidates: RawBuilder<unknown>, fits: RawBuilder<unknown>) =>
  sql`select k0, k1, ${fits} as fits from (${candidates}) join events e on e.seq = k1`
