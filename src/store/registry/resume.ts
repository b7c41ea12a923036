import { sql } from 'kysely'
import type { Which } from '../denials.ts'
import type { Tx } from '../tables.ts'

/**
 * What waited while these subscriptions were paused may go out: whoever claims their queues finds out what it is. When
 * they were ready last says nothing of what has come since; a receiver that failed has all of its time anew.
 */
export async function resume(tx: Tx, which: Which, now: number): Promise<void> {
  await tx
    .updateTable('queues')
    .set({ ready_at: sql`gate_at`, failing_since: sql`iif(failing_since is null, null, ${now})` })
    .where('subscription', 'in', (eb) => eb.selectFrom('subscriptions').select('num').where(which))
    .execute()
}
