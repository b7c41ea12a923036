import type { TestInbox, TestTarget } from '../core/store-ports.ts'
import { webhookOwner } from '../core/owner.ts'
import { alive } from './alive.ts'
import { insertEvent } from './native-events.ts'
import type { Db, Tx } from './tables.ts'

/** Events without publications: no topic's page shows them, and no fan-out finds them. */
export function createTestInbox(db: Db): TestInbox {
  return {
    async activeAmong(target, now) {
      if (!(await exists(db, target))) return undefined
      return active(db, now)
        .where((eb) =>
          'webhook' in target
            ? eb('s.owner', '=', webhookOwner(target.webhook))
            : eb('s.id', '=', target.subscription),
        )
        .orderBy('s.num')
        .execute()
    },

    accept: ({ tenant, event, subscriptions, now }) =>
      db.transaction().execute(async (tx) => {
        // Some may have ended while the event was signed.
        const still = await active(tx, now).select('s.num').where('s.id', 'in', subscriptions).execute()
        if (still.length === 0) return []
        const seq = await insertEvent(tx, { id: 'signet', tenant }, { ...event, native: 'test' }, now)
        const made = await tx
          .insertInto('deliveries')
          .values(
            still.map(({ num }) => ({
              subscription: num,
              event: seq,
              state: 'waiting',
              attempts: 0,
              due_at: now,
              created_at: now,
            })),
          )
          .returning('num')
          .execute()
        return made.map(({ num }) => String(num))
      }),
  }
}

async function exists(db: Db, target: TestTarget): Promise<boolean> {
  const found =
    'webhook' in target
      ? await db.selectFrom('webhooks').select('id').where('id', '=', target.webhook).executeTakeFirst()
      : await db
          .selectFrom('subscriptions')
          .select('id')
          .where('id', '=', target.subscription)
          .executeTakeFirst()
  return found !== undefined
}

/** Those that are sent what they get at once. */
const active = (db: Db | Tx, now: number) =>
  db
    .selectFrom('subscriptions as s')
    .select(['s.id', 's.tenant', 's.topic'])
    .where('s.paused', '=', 0)
    .where(alive('s', now))
