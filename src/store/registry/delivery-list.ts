/**
 * Deliveries in a list: those of the newest events first, whichever table they are in, by the index that leads to what
 * is asked for. What no index leads to is looked for in bounded looks.
 */
import type Sqlite from 'better-sqlite3'
import { HUB_SOURCE } from '../../core/source.ts'
import type { DeliveryFilters, PageRequest } from '../../core/list.ts'
import { isGone, isGoneEvent } from '../leaving.ts'
import type { Row } from '../tables.ts'
import { belowKey, type Keys, LOOK, look, type Looked, pageOfLooks } from './looks.ts'

/** A way to candidates, that an index goes. */
interface Way {
  /** Deliveries, as `d`. */
  from: string
  where?: string
  /** Where it leads through their events, as `e`: so many of these are looked at, too. */
  through?: { table: 'events' | 'publications'; where: string }
}

type Table = 'deliveries' | 'history'

/** What is asked for, found, and the place below which the page begins: as statements name it. */
interface Asked extends DeliveryFilters {
  most: number
  /** The event's place in the sequence. */
  seq?: number
  /** The subscription's number, topic and tenant. */
  num?: number
  itsTopic?: string
  itsTenant?: string
  belowEvent: number
  belowSubscription: number
  belowNum: number
}

export function pageOfDeliveries(
  file: Sqlite.Database,
  { after, limit, ...filters }: PageRequest & DeliveryFilters,
): Keys {
  const [belowEvent = 0, belowSubscription = 0, belowNum = 0] = belowKey(after, 3)
  const most = Math.max(limit + 1, LOOK)
  const asked: Asked = { ...filters, most, belowEvent, belowSubscription, belowNum }
  if (!find(file, asked)) return { keys: [], next: null }
  const looks = tablesOf(filters).flatMap((table) =>
    waysTo(file, table, asked).map((way) => follow(file, way, table, asked)),
  )
  return pageOfLooks(looks, limit)
}

/** @returns whether the subscription and event are there that are asked for */
function find(file: Sqlite.Database, asked: Asked): boolean {
  if (asked.event !== undefined) {
    const event = file.prepare<[string], Row<'events'>>('select * from events where jti = ?').get(asked.event)
    if (event === undefined) return false
    asked.seq = event.seq
  }
  if (asked.subscription !== undefined) {
    const byId = file.prepare<[string], Row<'subscriptions'>>('select * from subscriptions where id = ?')
    const found = byId.get(asked.subscription)
    if (found === undefined) return false
    Object.assign(asked, { num: found.num, itsTopic: found.topic, itsTenant: found.tenant })
  }
  return true
}

function tablesOf({ state }: DeliveryFilters): Table[] {
  if (state === undefined) return ['deliveries', 'history']
  return state === 'waiting' ? ['deliveries'] : ['history']
}

function waysTo(file: Sqlite.Database, table: Table, { state, tenant, seq, num }: Asked): Way[] {
  const from = `${table} d`
  const ofIt = num !== undefined && 'd.subscription = @num'
  if (seq !== undefined) {
    const rest = '(d.subscription, d.num) < (@belowSubscription, @belowNum)'
    return [{ from, where: all(['d.event = @seq', rest, ofIt]) }]
  }
  // Of these there are few, and indexes of their own.
  if (state === 'dead' || state === 'dropped')
    return [{ from, where: all([`d.state <> 'delivered' and d.state = @state`, ofIt]) }]
  if (num !== undefined) {
    if (state === 'waiting' && countWaiting(file, num, LOOK) < LOOK)
      return [{ from: `(select * from deliveries where subscription = @num limit ${LOOK}) d` }]
    const where = 'd.subscription = @num'
    // A test is on no topic.
    const tests = `e.tenant = @itsTenant and e.source = '${HUB_SOURCE}'`
    return [
      { from, where, through: { table: 'publications', where: 'e.topic = @itsTopic' } },
      { from, where, through: { table: 'events', where: tests } },
    ]
  }
  if (tenant !== undefined && state !== 'waiting')
    return [{ from, through: { table: 'events', where: 'e.tenant = @tenant' } }]
  return [{ from }]
}

/** Looks at the way's next candidates, newest event first. */
function follow(file: Sqlite.Database, { from, where, through }: Way, table: Table, asked: Asked): Looked {
  const lowest = through && lowestOf(file, through, asked)
  const fits = all([
    `is_so and s.num is not null and not ${isGone('s')} and not ${isGoneEvent('e')}`,
    ...given(asked, { tenant: 'e.tenant = @tenant', topic: 's.topic = @topic' }),
  ])
  const which = all([
    where,
    through && `${through.where} and e.seq between @lowest and @belowEvent`,
    asked.seq === undefined &&
      '(d.event, d.subscription, d.num) < (@belowEvent, @belowSubscription, @belowNum)',
  ])
  const candidates = `
    select k0, k1, k2, ${fits}
    from (
      select d.event as k0, d.subscription as k1, d.num as k2,
        ${table === 'history' && asked.state !== undefined ? 'd.state = @state' : 'true'} as is_so
      from ${through ? `${through.table} e cross join ${from} on d.event = e.seq` : from} where ${which}
      order by ${through ? 'e.seq' : 'd.event'} desc, d.subscription desc, d.num desc limit @most
    ) left join subscriptions s on s.num = k1 left join events e on e.seq = k0`
  const end = lowest === undefined ? undefined : [lowest, 0, 0]
  const named = { ...asked, lowest: lowest ?? 0 }
  return look(file.prepare<[object], number[]>(candidates).raw().all(named), asked.most, end)
}

/** The last of the events that are looked at; undefined when it is the last that there is. */
const lowestOf = (
  file: Sqlite.Database,
  { table, where }: NonNullable<Way['through']>,
  asked: Asked,
): number | undefined =>
  file
    .prepare<[Asked], number>(
      `select seq from ${table} e where ${where} and seq <= @belowEvent order by seq desc limit 1 offset ${LOOK - 1}`,
    )
    .pluck()
    .get(asked)

/** Up to so many. */
export const countWaiting = (file: Sqlite.Database, subscription: number, most: number): number =>
  file
    .prepare<[number, number], number>(
      'select count(*) from (select 1 from deliveries where subscription = ? limit ?)',
    )
    .pluck()
    .get(subscription, most) ?? 0

/** All of these that there are. */
const all = (conditions: readonly (string | false | undefined)[]): string =>
  ['true', ...conditions.filter((one) => one !== undefined && one !== false)].join(' and ')

/** The conditions of the filters that are given. */
const given = <F extends object>(filters: F, conditions: Partial<Record<keyof F, string>>): string[] =>
  Object.entries(conditions).flatMap(([name, condition]) =>
    filters[name as keyof F] === undefined ? [] : [condition as string],
  )
