/**
 * Deliveries in a list: those of the newest events first, whichever table they are in, by the index that leads to what
 * is asked for. What no index leads to is looked for in bounded looks.
 */
import { type RawBuilder, sql } from 'kysely'
import { HUB_SOURCE } from '../../core/source.ts'
import type { DeliveryFilters, PageRequest } from '../../core/list.ts'
import { isGone, isGoneEvent } from '../leaving.ts'
import type { Db } from '../tables.ts'
import { all, belowKey, type Key, type Keys, LOOK, look, type Looked, pageOfLooks } from './looks.ts'

/** A way to candidates, that an index goes. */
interface Way {
  /** Deliveries, as `d`. */
  from: RawBuilder<unknown>
  where?: RawBuilder<unknown> | undefined
  /** Where it leads through their events, as `e`: so many of these are looked at, too. */
  through?: { table: 'events' | 'publications'; where: RawBuilder<unknown> }
}

type Table = 'deliveries' | 'history'

/** What is asked for, found. */
interface Asked {
  filters: DeliveryFilters
  below: Key
  event?: number
  subscription?: { num: number; topic: string; tenant: string }
}

export async function pageOfDeliveries(
  db: Db,
  { after, limit, ...filters }: PageRequest & DeliveryFilters,
): Promise<Keys> {
  const asked = await find(db, filters, belowKey(after, 3))
  if (asked === undefined) return { keys: [], next: null }
  const most = Math.max(limit + 1, LOOK)
  const looks: Looked[] = []
  for (const table of tablesOf(filters)) {
    for (const way of await waysTo(db, table, asked)) looks.push(await follow(db, way, table, asked, most))
  }
  return pageOfLooks(looks, limit)
}

/** @returns undefined when the subscription or event is not there */
async function find(db: Db, filters: DeliveryFilters, below: Key): Promise<Asked | undefined> {
  const asked: Asked = { filters, below }
  if (filters.event !== undefined) {
    const found = await db
      .selectFrom('events')
      .select('seq')
      .where('jti', '=', filters.event)
      .executeTakeFirst()
    if (found === undefined) return undefined
    asked.event = found.seq
  }
  if (filters.subscription !== undefined) {
    const found = await db
      .selectFrom('subscriptions')
      .select(['num', 'topic', 'tenant'])
      .where('id', '=', filters.subscription)
      .executeTakeFirst()
    if (found === undefined) return undefined
    asked.subscription = found
  }
  return asked
}

function tablesOf({ state }: DeliveryFilters): Table[] {
  if (state === undefined) return ['deliveries', 'history']
  return state === 'waiting' ? ['deliveries'] : ['history']
}

async function waysTo(db: Db, table: Table, { filters, below, event, subscription }: Asked): Promise<Way[]> {
  const { state, tenant } = filters
  const from = sql`${sql.table(table)} d`
  const ofIt = subscription && sql`d.subscription = ${subscription.num}`
  if (event !== undefined) {
    const rest = sql`(d.subscription, d.num) < (${below[1]}, ${below[2]})`
    return [{ from, where: all([sql`d.event = ${event}`, rest, ofIt]) }]
  }
  // Of these there are few, and indexes of their own.
  if (state === 'dead' || state === 'dropped') {
    return [{ from, where: all([sql`d.state <> 'delivered' and d.state = ${state}`, ofIt]) }]
  }
  if (subscription !== undefined) {
    const { num, topic, tenant: its } = subscription
    if (state === 'waiting' && (await countWaiting(db, num, LOOK)) < LOOK) {
      return [{ from: sql`(select * from deliveries where subscription = ${num} limit ${LOOK}) d` }]
    }
    const published = sql`e.topic = ${topic}`
    // A test is on no topic.
    const tests = sql`e.tenant = ${its} and e.source = ${sql.lit(HUB_SOURCE)}`
    return [
      { from, where: ofIt, through: { table: 'publications', where: published } },
      { from, where: ofIt, through: { table: 'events', where: tests } },
    ]
  }
  if (tenant !== undefined && state !== 'waiting') {
    return [{ from, through: { table: 'events', where: sql`e.tenant = ${tenant}` } }]
  }
  return [{ from }]
}

/** Looks at the way's next candidates, newest event first. */
async function follow(
  db: Db,
  { from, where, through }: Way,
  table: Table,
  { filters: { state, tenant, topic }, below, event }: Asked,
  most: number,
): Promise<Looked> {
  const lowest = through && (await lowestOf(db, through, below))
  const events = through && sql`${sql.table(through.table)} e cross join`
  const on = through && sql`on d.event = e.seq`
  const nothing = sql``
  const candidates = sql`
    select k0, k1, k2, ${all([
      sql.raw(`is_so and s.num is not null and not ${isGone('s')} and not ${isGoneEvent('e')}`),
      tenant === undefined ? undefined : sql`e.tenant = ${tenant}`,
      topic === undefined ? undefined : sql`s.topic = ${topic}`,
    ])} as fits
    from (
      select d.event as k0, d.subscription as k1, d.num as k2,
        ${table === 'history' && state !== undefined ? sql`d.state = ${state}` : sql`true`} as is_so
      from ${events ?? nothing} ${from} ${on ?? nothing}
      where ${all([
        where,
        through && sql`${through.where} and e.seq between ${lowest ?? 0} and ${below[0]}`,
        event === undefined ? sql`(d.event, d.subscription, d.num) < (${sql.join(below)})` : undefined,
      ])}
      order by ${through ? sql`e.seq` : sql`d.event`} desc, d.subscription desc, d.num desc limit ${most}
    ) left join subscriptions s on s.num = k1 left join events e on e.seq = k0`
  return look(db, candidates, most, lowest === undefined ? undefined : [lowest, 0, 0])
}

/** The last of the events that are looked at; undefined when it is the last that there is. */
async function lowestOf(
  db: Db,
  { table, where }: NonNullable<Way['through']>,
  below: Key,
): Promise<number | undefined> {
  const { rows } = await sql<{ seq: number }>`
    select seq from ${sql.table(table)} e where ${where} and seq <= ${below[0]}
    order by seq desc limit 1 offset ${LOOK - 1}`.execute(db)
  return rows[0]?.seq
}

/** Up to so many. */
export async function countWaiting(db: Db, subscription: number, most: number): Promise<number> {
  const { rows } = await sql<{ n: number }>`select count(*) as n from (
    select 1 from deliveries where subscription = ${subscription} limit ${most})`.execute(db)
  return rows[0]?.n ?? 0
}
