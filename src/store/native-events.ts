/** What every way of taking in a native event writes. */
import type { Source } from '../core/source.ts'
import type { EventRow } from '../core/store-ports.ts'
import type { Tx } from './tables.ts'

/** @returns whether the key is new; a known one leaves everything as it is */
export async function takeKey(tx: Tx, source: Source, key: string, now: number): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('native_events')
    .values({ source: source.id, key, accepted_at: now })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  if (numInsertedOrUpdatedRows === 0n) return false
  await tx.updateTable('sources').set({ last_accepted_at: now }).where('id', '=', source.id).execute()
  return true
}

/** Whose an event is: a source, or what stands for one. */
export type Publisher = Pick<Source, 'id' | 'tenant'>

/** @returns the event's place in the sequence */
export async function insertEvent(
  tx: Tx,
  source: Publisher,
  event: EventRow & { native: string; contentType: string; body: string },
  now: number,
): Promise<number> {
  const { occurredAt, contentType, ...row } = event
  const { seq } = await tx
    .insertInto('events')
    .values({
      jti: row.jti,
      tenant: source.tenant,
      source: source.id,
      native: row.native,
      txn: row.txn,
      category: row.category,
      name: row.name,
      occurred_at: occurredAt === undefined ? null : occurredAt * 1000,
      accepted_at: now,
      content_type: contentType,
      body: row.body,
    })
    .returning('seq')
    .executeTakeFirstOrThrow()
  return seq
}
