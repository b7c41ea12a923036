import { sql } from 'kysely'
import type { Which } from '../denials.ts'
import type { Tx } from '../tables.ts'

/**
 * What waited while these subscriptions were paused may go out: whoever claims their queues finds out what it is. When
 * they were ready last says nothing of what has come since.
 */
export async function resume(tx: Tx, which: Which): Promise<void> {
  await tx
    .updateTable('queues')
    .set({ ready_at: sql`gate_at` })
    .where('subscription', 'in', (eb) => eb.selectFrom('subscriptions').select('num').where(which))
    .execute()
}
