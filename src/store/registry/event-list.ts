/** Events in a list, the newest first: by their places, or by their ages where a time is asked for. */
import type Sqlite from 'better-sqlite3'
import { sql, type SqlBool } from 'kysely'
import type { EventFilters, PageRequest } from '../../core/list.ts'
import { isGoneEvent } from '../leaving.ts'
import { all, build, so, where } from '../typed-sql.ts'
import { belowKey, type Keys, LOOK, look, pageOfLooks } from './looks.ts'

export function pageOfEvents(
  file: Sqlite.Database,
  { after, limit, since, until, ...filters }: PageRequest & EventFilters,
): Keys {
  const [age = 0, seq = 0] = belowKey(after, 2)
  // Whichever is lower: an index is entered at one place.
  const below = until === undefined || age < until ? { age, seq } : { age: until, seq: 0 }
  const most = Math.max(limit + 1, LOOK)
  // The clock may have been set back: an event's age and its place are two things.
  const isDated = since !== undefined || until !== undefined
  const candidates = isDated ? byAge(below, since ?? 0) : byPlace(below.seq, filters.tenant)
  const looked = build
    .selectFrom(candidates.limit(most).as('candidates'))
    .innerJoin('events as e', 'e.seq', 'k1')
    .select(['k0', 'k1'])
    .select((e) => e.and([so(`not ${isGoneEvent('e')}`), ...where(e, filters)]).as('fits'))
  const rows = all(file, looked).map(({ k0, k1, fits }) => [k0, k1, Number(fits)])
  return pageOfLooks([look(rows, most)], limit)
}

const byAge = ({ age, seq }: { age: number; seq: number }, since: number) =>
  build
    .selectFrom('events')
    .select(['accepted_at as k0', 'seq as k1'])
    .where(sql<SqlBool>`(accepted_at, seq) < (${age}, ${seq})`)
    .where('accepted_at', '>=', since)
    .orderBy('accepted_at', 'desc')
    .orderBy('seq', 'desc')

const byPlace = (below: number, tenant: string | undefined) =>
  build
    .selectFrom('events')
    .select((e) => [e.lit(0).as('k0'), 'seq as k1'])
    .where((e) => e.and(where(e, { tenant })))
    .where('seq', '<', below)
    .orderBy('seq', 'desc')
