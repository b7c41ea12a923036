import { randomUUID } from 'node:crypto'
import type Sqlite from 'better-sqlite3'
import { nextRenewalAt } from '../core/lease.ts'
import type { Renewals } from '../core/store-ports.ts'
import type { Commits } from './commits.ts'
import { read } from './faults.ts'
import type { Row } from './tables.ts'

/** Leases that the hub renews by itself. */
export function createRenewals(commits: Commits, file: Sqlite.Database): Renewals {
  const waiting = file
    .prepare<[], number>(`select count(*) from intents where mode <> 'denied' and renewal = 1`)
    .pluck()
  const due = file.prepare<[number, number], Row<'subscriptions'>>(
    `select * from subscriptions where state = 'active' and renewal_at <= ? order by renewal_at limit ?`,
  )
  const move = file.prepare('update subscriptions set renewal_at = ? where num = ?')
  // What its owner asks for meanwhile renews it as well, or ends it: then that gets the hands.
  const hasten = file.prepare(
    `update intents set kind = 'renewal' where subscription = @num and owner is @owner`,
  )
  const ask = file.prepare(
    `insert into intents (id, subscription, owner, topic, callback, host, mode, kind, secret_sealed, lease_seconds, renewing,
       renewal, vouched, attempts, due_at)
     values (@id, @num, @owner, @topic, @callback, @host, 'subscribe', 'renewal', @secret_sealed, @lease_seconds, 1,
       1, @vouched, 0, @now)`,
  )
  const nextDue = file
    .prepare<[], number | null>(
      `select min(renewal_at) from subscriptions where state = 'active' and renewal_at is not null`,
    )
    .pluck()
  return {
    renew: (now, limit, maxWaiting) =>
      commits.durable(() => {
        const room = Math.max(0, Math.min(limit, maxWaiting - (waiting.get() ?? 0)))
        const subscriptions = due.all(now, room)
        for (const subscription of subscriptions) {
          const lease_seconds = subscription.lease_seconds ?? 0
          move.run(nextRenewalAt(lease_seconds, now), subscription.num)
          if (hasten.run(subscription).changes === 0)
            ask.run({ ...subscription, id: randomUUID(), lease_seconds, now })
        }
        return subscriptions.length
      }),

    nextDue: () => read(() => nextDue.get() ?? undefined),
  }
}
