/** A subscription is alive while it is active and its lease is not over: enforced here, not only by the sweep. */
import { sql } from 'kysely'
import { webhookOwner } from '../core/owner.ts'

interface Row {
  state: string
  lease_expires_at: number | null
}

export const isAlive = (row: Row | undefined, now: number): boolean =>
  row?.state === 'active' && (row.lease_expires_at ?? 0) > now

/** The same in SQL. @param table the alias of `subscriptions` */
export const alive = (table: string, now: number) =>
  sql<boolean>`(${sql.ref(`${table}.state`)} = 'active' and ${sql.ref(`${table}.lease_expires_at`)} > ${now})`

/** The same of the one table of subscriptions in a statement that is prepared. */
export const ALIVE = `(state = 'active' and lease_expires_at > @now)`

const PREFIX = webhookOwner('')

/** Whether subscription `s` is webhook `w`'s; by the webhook's id, so that its key finds it. */
export const OF_WEBHOOK = `(w.id = substr(s.owner, ${PREFIX.length + 1}) and substr(s.owner, 1, ${PREFIX.length}) = '${PREFIX}')`
