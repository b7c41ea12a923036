import type Sqlite from 'better-sqlite3'
import { sql } from 'kysely'
import { HUB_SOURCE } from '../core/source.ts'
import type { TestInbox, TestTarget } from '../core/store-ports.ts'
import { webhookOwner } from '../core/owner.ts'
import { ALIVE, alive } from './alive.ts'
import { isGone, isLeaving, isThere } from './leaving.ts'
import type { Commits } from './commits.ts'
import { createEnqueue } from './enqueue.ts'
import { createEventWriter } from './event-writer.ts'
import type { Db } from './tables.ts'

/** Events without publications: no topic's page shows them, and no fan-out finds them. */
export function createTestInbox(db: Db, commits: Commits, file: Sqlite.Database): TestInbox {
  const write = createEventWriter(file)
  const enqueue = createEnqueue(file)
  const entitled = file.prepare<[object], { num: number }>(
    `select num from subscriptions s where id = @id and paused = 0 and ${ALIVE} and not ${isLeaving('s')}`,
  )
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
      commits.durable(() => {
        // Some may have ended while the event was signed.
        const still = subscriptions.flatMap((id) => entitled.get({ id, now }) ?? [])
        if (still.length === 0) return []
        const seq = write.insert({ id: HUB_SOURCE, tenant }, { ...event, native: 'test' }, now)
        return still.map(({ num }) => String(enqueue(num, { event: seq, dueAt: 0 }, now)))
      }),
  }
}

async function exists(db: Db, target: TestTarget): Promise<boolean> {
  if ('webhook' in target) return isThere(db, 'webhooks', target.webhook)
  const found = await db
    .selectFrom('subscriptions as s')
    .select('id')
    .where('id', '=', target.subscription)
    .where(sql.raw<boolean>(`not ${isGone('s')}`))
    .executeTakeFirst()
  return found !== undefined
}

/** Those that are sent what they get at once. */
const active = (db: Db, now: number) =>
  db
    .selectFrom('subscriptions as s')
    .select(['s.id', 's.tenant', 's.topic'])
    .where('s.paused', '=', 0)
    .where(sql.raw<boolean>(`not ${isLeaving('s')}`))
    .where(alive('s', now))
