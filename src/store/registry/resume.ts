import { sql } from 'kysely'
import type { Which } from '../denials.ts'
import type { Tx } from '../tables.ts'

/** What waited while these subscriptions were paused may go out: whoever claims their queues finds out what it is. */
export async function resume(tx: Tx, which: Which): Promise<void> {
  await tx
    .updateTable('queues')
    .set({ ready_at: sql`max(gate_at, coalesce(ready_at, 0))` })
    .where('subscription', 'in', (eb) => eb.selectFrom('subscriptions').select('num').where(which))
    .execute()
}
