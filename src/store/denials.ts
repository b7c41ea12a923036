import { randomUUID } from 'node:crypto'
import type { Expression, ExpressionBuilder, SqlBool } from 'kysely'
import type { Tables, Tx } from './tables.ts'

type Which = (subscription: ExpressionBuilder<Tables, 'subscriptions'>) => Expression<SqlBool>

/**
 * Ends subscriptions that somebody withdraws, and queues the word for their callbacks (WebSub §5.2). What was asked
 * for them and is not answered yet is forgotten.
 *
 * @param why for the operator
 * @param reason for the subscriber
 */
export async function denySubscriptions(
  tx: Tx,
  which: Which,
  { why, reason, now }: { why: string; reason: string; now: number },
): Promise<void> {
  const denied = await tx
    .updateTable('subscriptions')
    .set({ state: 'ended', ended_why: why, undelivered: 1 })
    .where('state', '!=', 'ended')
    .where(which)
    .returning(['num', 'owner'])
    .execute()
  for (const { num, owner } of denied) {
    await tx.deleteFrom('intents').where('subscription', '=', num).execute()
    await tx
      .insertInto('intents')
      .values({
        id: randomUUID(),
        subscription: num,
        owner,
        mode: 'denied',
        reason,
        lease_seconds: 0,
        attempts: 0,
        due_at: now,
      })
      .execute()
  }
}
