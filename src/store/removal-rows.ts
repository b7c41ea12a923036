/** The stages of a removal that remove rows: so many at the most, by indexes, whatever hangs on them. */
import { type RawBuilder, sql } from 'kysely'
import { HUB_SOURCE } from '../core/source.ts'
import { among } from './among.ts'
import type { Removal, Stage } from './removal-stage.ts'
import type { Tables, Tx } from './tables.ts'

/** @param key the table's key, by which the rows go @param which of its rows, those of the removal's id */
export const rowsOf =
  (table: keyof Tables, key: string, which: (id: string) => RawBuilder<unknown>): Stage =>
  (tx, { id }, limit) =>
    remove(
      tx,
      sql`
      delete from ${sql.table(table)} where (${sql.raw(key)}) in (
        select ${sql.raw(key)} from ${sql.table(table)} where ${which(id)} limit ${limit})`,
    )

/** The tenant's events with all that came of them: deliveries count, of which one may have a hundred thousand. */
export const eventsOf: Stage = async (tx, { id }, limit) => {
  const { rows } = await sql<{ seq: number }>`
    select seq from events where tenant = ${id} order by seq limit ${limit}`.execute(tx)
  const events = among(rows.map(({ seq }) => seq))
  let done = 0
  for (const table of ['deliveries', 'history'] as const) {
    done += await remove(
      tx,
      sql`
      delete from ${sql.table(table)} where num in (
        select num from ${sql.table(table)} where event in ${events} limit ${limit - done})`,
    )
    if (done === limit) return done
  }
  return done + (await remove(tx, sql`delete from events where seq in ${events}`))
}

type Subscription = Pick<Tables['subscriptions'], 'topic' | 'tenant'> & { num: number }

/** Those of a tenant, one by one; of its events there are none any more. */
export const subscriptionsOf: Stage = async (tx, removal, limit) => {
  let done = 0
  while (done < limit) {
    const [next] = await subscriptions(tx, sql`tenant = ${removal.id} order by num limit 1`)
    if (next === undefined) break
    done += await removeSubscription(tx, next, removal, limit - done)
  }
  return done
}

export const theSubscription: Stage = async (tx, removal, limit) => {
  const [found] = await subscriptions(tx, sql`num = ${removal.subscription}`)
  return found === undefined ? 0 : removeSubscription(tx, found, removal, limit)
}

async function subscriptions(tx: Tx, which: RawBuilder<unknown>): Promise<Subscription[]> {
  const { rows } =
    await sql<Subscription>`select num, topic, tenant from subscriptions where ${which}`.execute(tx)
  return rows
}

/** With its deliveries: first what waits, then what is done with, by the events that it can have had. */
async function removeSubscription(
  tx: Tx,
  { num, topic, tenant }: Subscription,
  removal: Removal,
  limit: number,
): Promise<number> {
  const waited = await remove(
    tx,
    sql`
    delete from deliveries where num in (select num from deliveries where subscription = ${num} limit ${limit})`,
  )
  if (waited === limit) return limit
  const left = limit - waited
  const { rows } = await sql<{ seq: number }>`
    select seq from publications where topic = ${topic} and seq > ${removal.place}
    union all
    select seq from events where tenant = ${tenant} and source = ${sql.lit(HUB_SOURCE)} and seq > ${removal.place}
    order by seq limit ${left}`.execute(tx)
  const seqs = rows.map(({ seq }) => seq)
  await remove(tx, sql`delete from history where subscription = ${num} and event in ${among(seqs)}`)
  if (seqs.length === left) {
    removal.place = seqs.at(-1) ?? removal.place
    return limit
  }
  removal.place = 0
  await remove(tx, sql`delete from subscriptions where num = ${num}`)
  return waited + seqs.length + 1
}

async function remove(tx: Tx, statement: RawBuilder<unknown>): Promise<number> {
  const { numAffectedRows = 0n } = await statement.execute(tx)
  return Number(numAffectedRows)
}
