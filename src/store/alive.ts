/** A subscription is alive while it is active and its lease is not over: enforced here, not only by the sweep. */
import { sql } from 'kysely'

interface Row {
  state: string
  lease_expires_at: number | null
}

export const isAlive = (row: Row | undefined, now: number): boolean =>
  row?.state === 'active' && (row.lease_expires_at ?? 0) > now

/** The same in SQL. @param table the alias of `subscriptions` */
export const alive = (table: string, now: number) =>
  sql<boolean>`(${sql.ref(`${table}.state`)} = 'active' and ${sql.ref(`${table}.lease_expires_at`)} > ${now})`
