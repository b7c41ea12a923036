import type { Expiry } from '../core/store-ports.ts'
import type { Db, Tx } from './tables.ts'

/** What time alone changes, in bounded steps. */
export function createExpiry(db: Db): Expiry {
  return {
    async endLapsed(now, limit) {
      const { numUpdatedRows } = await db
        .updateTable('subscriptions')
        .set({ state: 'ended', ended_why: 'its lease ran out', undelivered: 1 })
        .where('num', 'in', (eb) =>
          eb
            .selectFrom('subscriptions')
            .select('num')
            .where('state', '=', 'active')
            .where('lease_expires_at', '<=', now)
            .limit(limit),
        )
        .executeTakeFirst()
      return Number(numUpdatedRows)
    },

    dropUndeliverable: (now, limit) =>
      db.transaction().execute(async (tx) => {
        let dropped = 0
        // Most have nothing that waits: looking at one of them costs as much as dropping a delivery.
        for (let looked = 0; looked < limit && dropped < limit; looked += 1) {
          const ofNext = await dropOfNext(tx, now, limit - dropped)
          if (ofNext === undefined) break
          dropped += ofNext
        }
        return dropped
      }),

    freeClaims: (now) =>
      db.transaction().execute(async (tx) => {
        // What was under way when its subscription ended has not been dropped with the rest.
        await tx
          .updateTable('subscriptions')
          .set({ undelivered: 1 })
          .where('num', 'in', (eb) =>
            eb
              .selectFrom('deliveries')
              .select('subscription')
              .where('claim', 'is not', null)
              .where('claimed_until', '<=', now),
          )
          .execute()
        for (const table of ['deliveries', 'intents', 'web_topics'] as const) {
          await tx
            .updateTable(table)
            .set({ claim: null, claimed_until: null })
            .where('claim', 'is not', null)
            .where('claimed_until', '<=', now)
            .execute()
        }
      }),
  }
}

/** @returns how many it dropped; undefined when no subscription has any */
async function dropOfNext(tx: Tx, now: number, limit: number): Promise<number | undefined> {
  const subscription = await tx
    .selectFrom('subscriptions')
    .select(['num', 'state', 'active_from'])
    .where('undelivered', '=', 1)
    .limit(1)
    .executeTakeFirst()
  if (subscription === undefined) return undefined
  const { num, state, active_from } = subscription
  const { numUpdatedRows } = await tx
    .updateTable('deliveries')
    .set({ state: 'dropped', settled_at: now })
    .where('num', 'in', (eb) =>
      eb
        .selectFrom('deliveries')
        .select('num')
        .where('subscription', '=', num)
        .where('state', '=', 'waiting')
        .where('claim', 'is', null)
        // Active again: only what was accepted in its former life goes.
        .$if(state === 'active', (query) => query.where('event', '<=', active_from))
        .limit(limit),
    )
    .executeTakeFirst()
  const dropped = Number(numUpdatedRows)
  if (dropped < limit) {
    await tx.updateTable('subscriptions').set({ undelivered: 0 }).where('num', '=', num).execute()
  }
  return dropped
}
