import type Sqlite from 'better-sqlite3'
import { type Expression, type SqlBool, sql } from 'kysely'
import type { DeliveryRecord, Registry } from '../../core/registry-ports.ts'
import { readLog } from '../attempt-log.ts'
import type { Commits } from '../commits.ts'
import { createRetry } from '../retry.ts'
import type { Db } from '../tables.ts'
import { ofTenant } from './of-tenant.ts'
import { below, numberOf, pageOf } from './page.ts'

/** Newest first; a delivery keeps its number when it is done with, so cursors stay right meanwhile. */
export function createDeliveries(db: Db, commits: Commits, file: Sqlite.Database): Registry['deliveries'] {
  const retry = createRetry(file)
  /** @param which of the columns that the two tables share, as `d`, of the subscription `s` and the event `e` */
  const select = async (which: Expression<SqlBool>, limit: number): Promise<Row[]> => {
    const from = (
      table: 'deliveries' | 'history',
      state: string,
      dueAt: string,
      settledAt: string,
    ) => sql<Row>`
      select * from (
        select d.num, s.id as subscription, s.topic, e.jti, ${sql.raw(state)} as state, d.attempts,
          ${sql.raw(dueAt)} as due_at, d.created_at, ${sql.raw(settledAt)} as settled_at, d.log
        from ${sql.table(table)} d join subscriptions s on s.num = d.subscription join events e on e.seq = d.event
        where ${which} order by d.num desc limit ${limit})`
    const { rows } = await sql<Row>`
      ${from('deliveries', "'waiting'", 'max(d.due_at, d.created_at)', 'null')}
      union all ${from('history', 'd.state', 'null', 'd.settled_at')}
      order by num desc limit ${limit}`.execute(db)
    return rows
  }

  return {
    async get(id) {
      const num = numberOf(id)
      const [row] = num === undefined ? [] : await select(sql<SqlBool>`d.num = ${num}`, 1)
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

    async list({ after, limit, tenant }) {
      const which = sql<SqlBool>`(d.num < ${below(after)} and ${ofTenant(tenant, 's.tenant')})`
      return pageOf(await select(which, limit + 1), limit, 'num', view)
    },
  }
}

type Row = Omit<DeliveryRecord, 'id'> & { num: number; log: string }

const view = ({ num, log: _log, ...row }: Row): DeliveryRecord => ({ id: String(num), ...row })
