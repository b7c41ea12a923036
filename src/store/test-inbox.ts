import type Sqlite from 'better-sqlite3'
import { HUB_SOURCE } from '../core/source.ts'
import type { TestInbox } from '../core/store-ports.ts'
import { webhookOwner } from '../core/owner.ts'
import { ALIVE } from './alive.ts'
import type { Commits } from './commits.ts'
import { createEnqueue } from './enqueue.ts'
import { createEventWriter } from './event-writer.ts'
import { read } from './faults.ts'
import { isGone, isLeaving, isThere } from './leaving.ts'
import type { Row } from './tables.ts'

type Tested = Pick<Row<'subscriptions'>, 'id' | 'tenant' | 'topic'>

/** Events without publications: no topic's page shows them, and no fan-out finds them. */
export function createTestInbox(commits: Commits, file: Sqlite.Database): TestInbox {
  const write = createEventWriter(file)
  const enqueue = createEnqueue(file)
  const isSeen = file.prepare(`select 1 from subscriptions s where id = ? and not ${isGone('s')}`)
  // They are sent what they get at once.
  const active = (columns: string, which: string): string =>
    `select ${columns} from subscriptions s
     where ${which} and paused = 0 and ${ALIVE} and not ${isLeaving('s')} order by num`
  const byId = file.prepare<[object], Tested>(active('id, tenant, topic', 'id = @id'))
  const ofOwner = file.prepare<[object], Tested>(active('id, tenant, topic', 'owner = @owner'))
  const numOf = file.prepare<[object], number>(active('num', 'id = @id')).pluck()
  return {
    activeAmong: (target, now) =>
      read(() => {
        if ('webhook' in target)
          return isThere(file, 'webhooks', target.webhook)
            ? ofOwner.all({ owner: webhookOwner(target.webhook), now })
            : undefined
        const { subscription: id } = target
        return isSeen.get(id) === undefined ? undefined : byId.all({ id, now })
      }),

    accept: ({ tenant, event, subscriptions, now }) =>
      commits.durable(() => {
        // Some may have ended while the event was signed.
        const still = subscriptions.flatMap((id) => numOf.get({ id, now }) ?? [])
        if (still.length === 0) return []
        const seq = write.insert({ id: HUB_SOURCE, tenant }, { ...event, native: 'test' }, now)
        return still.map((num) => String(enqueue(num, { event: seq, dueAt: 0 }, now)))
      }),
  }
}
