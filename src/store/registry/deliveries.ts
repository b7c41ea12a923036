import type Sqlite from 'better-sqlite3'
import type { DeliveryRecord, Registry } from '../../core/registry-ports.ts'
import { numbered, NUMS } from '../among.ts'
import { readLog } from '../attempt-log.ts'
import type { Commits } from '../commits.ts'
import { read } from '../faults.ts'
import { isGone, isGoneEvent } from '../leaving.ts'
import { pageOfDeliveries } from './delivery-list.ts'
import { pageOfRows } from './looks.ts'
import { numberOf } from './page.ts'
import { createRetry } from './retry.ts'

type DeliveryRow = Omit<DeliveryRecord, 'id'> & { num: number; log: string }

/** Those that wait and those that are done with: a delivery keeps its number when it goes from the one to the other. */
export function createDeliveries(commits: Commits, file: Sqlite.Database): Registry['deliveries'] {
  const retry = createRetry(file)
  const from = (table: string, state: string, dueAt: string, settledAt: string): string =>
    `select d.num, s.id as subscription, s.topic, e.jti, ${state} as state, d.attempts, ${dueAt} as due_at, d.created_at,
       ${settledAt} as settled_at, d.log
     from ${table} d join subscriptions s on s.num = d.subscription join events e on e.seq = d.event
     where d.num in ${NUMS} and not ${isGone('s')} and not ${isGoneEvent('e')}`
  const rows = file.prepare<[object], DeliveryRow>(
    `${from('deliveries', "'waiting'", 'max(d.due_at, d.created_at)', 'null')}
     union all ${from('history', 'd.state', 'null', 'd.settled_at')}`,
  )
  return {
    get: (id) =>
      read(() => {
        const num = numberOf(id)
        const row = num === undefined ? undefined : rows.get(numbered([num]))
        if (row === undefined) return undefined
        const receipts = readLog(row.log).map(({ at, ms, status, outcome, said }, index) => ({
          ...{ attempt: index + 1, sent_at: at, ms, status: status ?? null, outcome, said: said ?? null },
        }))
        return { ...view(row), receipts }
      }),

    retry: (id, now) => {
      const num = numberOf(id)
      return num === undefined ? Promise.resolve('unknown') : commits.durable(() => retry(num, now))
    },

    list: (page) =>
      pageOfRows(
        () => pageOfDeliveries(file, page),
        (nums) => rows.all(numbered(nums)),
        view,
      ),
  }
}

const view = ({ num, log: _log, ...row }: DeliveryRow): DeliveryRecord => ({ id: String(num), ...row })
