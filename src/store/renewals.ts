import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { nextRenewalAt } from '../core/lease.ts'
import type { Renewals } from '../core/store-ports.ts'
import { earliest } from './earliest.ts'
import type { Db, Tx } from './tables.ts'

/** Leases that the hub renews by itself. */
export function createRenewals(db: Db): Renewals {
  return {
    renew: (now, limit, maxWaiting) =>
      db.transaction().execute(async (tx) => {
        const { waiting } = await tx
          .selectFrom('intents')
          .select((eb) => eb.fn.countAll<number>().as('waiting'))
          .where('mode', '!=', 'denied')
          .where('renewal', '=', 1)
          .executeTakeFirstOrThrow()
        const due = await tx
          .selectFrom('subscriptions')
          .select(['num', 'owner', 'topic', 'callback', 'host', 'secret_sealed', 'lease_seconds', 'vouched'])
          .where('state', '=', 'active')
          .where('renewal_at', '<=', now)
          .orderBy('renewal_at')
          .limit(Math.max(0, Math.min(limit, maxWaiting - waiting)))
          .execute()
        for (const { num, lease_seconds, ...same } of due) {
          const leaseSeconds = lease_seconds ?? 0
          await tx
            .updateTable('subscriptions')
            .set({ renewal_at: nextRenewalAt(leaseSeconds, now) })
            .where('num', '=', num)
            .execute()
          if (await hasten(tx, num, same.owner)) continue
          await tx
            .insertInto('intents')
            .values({
              ...same,
              id: randomUUID(),
              subscription: num,
              mode: 'subscribe',
              lease_seconds: leaseSeconds,
              renewing: 1,
              renewal: 1,
              kind: 'renewal' as const,
              attempts: 0,
              due_at: now,
            })
            .execute()
        }
        return due.length
      }),

    nextDue: () =>
      earliest(
        db,
        sql`select min(renewal_at) as due from subscriptions where state = 'active' and renewal_at is not null`,
      ),
  }
}

/**
 * What its owner asks for meanwhile renews it as well, or ends it: then that gets the hands.
 * @returns whether there is such a thing
 */
async function hasten(tx: Tx, subscription: number, owner: string | null): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('intents')
    .set({ kind: 'renewal' })
    .where('subscription', '=', subscription)
    .where('owner', 'is not distinct from', owner)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}
