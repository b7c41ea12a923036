import type Sqlite from 'better-sqlite3'
import { type RawBuilder, sql } from 'kysely'
import type { DeliveryRecord, Registry } from '../../core/registry-ports.ts'
import { among } from '../among.ts'
import { readLog } from '../attempt-log.ts'
import type { Commits } from '../commits.ts'
import { isGone, isGoneEvent } from '../leaving.ts'
import { createRetry } from './retry.ts'
import type { Db } from '../tables.ts'
import { pageOfDeliveries } from './delivery-list.ts'
import { pageOfRows } from './looks.ts'
import { numberOf } from './page.ts'

/** Those that wait and those that are done with: a delivery keeps its number when it goes from the one to the other. */
export function createDeliveries(db: Db, commits: Commits, file: Sqlite.Database): Registry['deliveries'] {
  const retry = createRetry(file)
  return {
    async get(id) {
      const num = numberOf(id)
      const [row] = num === undefined ? [] : await rowsOf(db, [num])
      if (row === undefined) return undefined
      const receipts = readLog(row.log).map(({ at, ms, status, outcome, said }, index) => ({
        ...{ attempt: index + 1, sent_at: at, ms, status: status ?? null, outcome, said: said ?? null },
      }))
      return { ...view(row), receipts }
    },

    retry: (id, now) => {
      const num = numberOf(id)
      return num === undefined ? Promise.resolve('unknown') : commits.durable(() => retry(num, now))
    },

    list: (page) => pageOfRows(db, (one) => pageOfDeliveries(one, page), rowsOf, view),
  }
}

async function rowsOf(db: Db, nums: readonly number[]): Promise<Row[]> {
  const from = (table: string, state: string, dueAt: string, settledAt: string): RawBuilder<Row> => sql`
    select d.num, s.id as subscription, s.topic, e.jti, ${sql.raw(state)} as state, d.attempts,
      ${sql.raw(dueAt)} as due_at, d.created_at, ${sql.raw(settledAt)} as settled_at, d.log
    from ${sql.table(table)} d join subscriptions s on s.num = d.subscription join events e on e.seq = d.event
    where d.num in ${among(nums)} and ${sql.raw(`not ${isGone('s')} and not ${isGoneEvent('e')}`)}`
  const { rows } = await sql<Row>`
    ${from('deliveries', "'waiting'", 'max(d.due_at, d.created_at)', 'null')}
    union all ${from('history', 'd.state', 'null', 'd.settled_at')}`.execute(db)
  return rows
}

type Row = Omit<DeliveryRecord, 'id'> & { num: number; log: string }

const view = ({ num, log: _log, ...row }: Row): DeliveryRecord => ({ id: String(num), ...row })
