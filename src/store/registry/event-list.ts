/** Events in a list, the newest first: by their places, or by their ages where a time is asked for. */
import type Sqlite from 'better-sqlite3'
import type { EventFilters, PageRequest } from '../../core/list.ts'
import { isGoneEvent } from '../leaving.ts'
import { all, belowKey, given, type Keys, LOOK, look, pageOfLooks } from './looks.ts'

const FILTERS = {
  tenant: 'e.tenant = @tenant',
  source: 'e.source = @source',
  category: 'e.category = @category',
  name: 'e.name = @name',
}

export function pageOfEvents(
  file: Sqlite.Database,
  { after, limit, ...filters }: PageRequest & EventFilters,
): Keys {
  const { since = 0, until } = filters
  const [age = 0, seq] = belowKey(after, 2)
  // Whichever is lower: an index is entered at one place.
  const below = until === undefined || age < until ? { age, seq } : { age: until, seq: 0 }
  // The clock may have been set back: an event's age and its place are two things.
  const isDated = filters.since !== undefined || until !== undefined
  const candidates = isDated
    ? `select accepted_at as k0, seq as k1 from events where (accepted_at, seq) < (@age, @seq) and accepted_at >= @since
       order by accepted_at desc, seq desc limit @most`
    : `select 0 as k0, seq as k1 from events e where ${all(given(filters, { tenant: FILTERS.tenant }))} and seq < @seq
       order by seq desc limit @most`
  const fits = all([`not ${isGoneEvent('e')}`, ...given(filters, FILTERS)])
  const looked = look(file, `select k0, k1, ${fits} from (${candidates}) join events e on e.seq = k1`, {
    ...{ ...filters, ...below, since, most: Math.max(limit + 1, LOOK) },
  })
  return pageOfLooks([looked], limit)
}
