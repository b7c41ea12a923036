/**
 * What was deleted and is being removed still: a row of `removals` marks it, and all that belongs to it, so that none
 * of that is seen or sent from the moment it was deleted. There are few of these rows, and mostly none.
 */
import { type RawBuilder, sql } from 'kysely'
import type { Db, Tx } from './tables.ts'

type Named = 'tenants' | 'sources' | 'subscribers' | 'webhooks'

/** Whether the row of the table is to be seen. */
export const isKept = (table: Named): RawBuilder<boolean> => sql.raw(keptIn(table))

/** The same of a statement that is prepared. */
export const keptIn = (table: Named): string =>
  `not exists (select 1 from removals r where (r.kind = '${table}' and r.id = ${table}.id)
    or r.tenant = ${table}.${table === 'tenants' ? 'id' : 'tenant'})`

/** Whether there is such a thing, as far as anyone sees. */
export async function isThere(db: Db | Tx, table: Named, id: string): Promise<boolean> {
  const { rows } = await sql`select 1 from ${sql.table(table)} where id = ${id} and ${isKept(table)}`.execute(
    db,
  )
  return rows.length > 0
}

/** Whether the subscription is gone, as far as anyone sees. @param s its alias */
export const isGone = (s: string): string =>
  `exists (select 1 from removals r where r.subscription = ${s}.num or r.tenant = ${s}.tenant)`

/** Whether it is to end, or go, with what was deleted: nothing is sent to it. @param s its alias */
export const isLeaving = (s: string): string =>
  `exists (select 1 from removals r where r.tenant = ${s}.tenant or r.owner = ${s}.owner or exists (
    select 1 from registered_topics t where t.topic = ${s}.topic and t.source = r.source))`

/** Whether the event is gone, as far as anyone sees. @param e its alias */
export const isGoneEvent = (e: string): string =>
  `exists (select 1 from removals r where r.tenant = ${e}.tenant)`
