/** A subscription is alive while it is active and its lease is not over: enforced here, not only by the sweep. */
import { webhookOwner } from '../core/owner.ts'
import type { Row } from './tables.ts'

export const isAlive = (
  row: Pick<Row<'subscriptions'>, 'state' | 'lease_expires_at'> | undefined,
  now: number,
): boolean => row?.state === 'active' && (row.lease_expires_at ?? 0) > now

/** The same in SQL, of the one table of subscriptions in a statement. */
export const ALIVE = `(state = 'active' and lease_expires_at > @now)`

const PREFIX = webhookOwner('')

/** Whether subscription `s` is webhook `w`'s; by the webhook's id, so that its key finds it. */
export const OF_WEBHOOK = `(w.id = substr(s.owner, ${PREFIX.length + 1}) and substr(s.owner, 1, ${PREFIX.length}) = '${PREFIX}')`
