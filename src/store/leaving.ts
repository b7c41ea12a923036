/**
 * What was deleted and is being removed still: a row of `removals` marks it, and all that belongs to it, so that none
 * of that is seen or sent from the moment it was deleted. There are few of these rows, and mostly none.
 */
import type Sqlite from 'better-sqlite3'

type Named = 'tenants' | 'sources' | 'subscribers' | 'webhooks'

/** Whether the row of the table is to be seen. */
export const isKept = (table: Named): string =>
  `not exists (select 1 from removals r where (r.kind = '${table}' and r.id = ${table}.id)
    or r.tenant = ${table}.${table === 'tenants' ? 'id' : 'tenant'})`

/** Whether there is such a thing, as far as anyone sees. */
export const isThere = (file: Sqlite.Database, table: Named, id: string): boolean =>
  file.prepare(`select 1 from ${table} where id = ? and ${isKept(table)}`).get(id) !== undefined

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
