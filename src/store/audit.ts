/** What was done by the admin API, and what was tried. */
import type Sqlite from 'better-sqlite3'
import type { Act, Audit, AuditRecord, ActDetail } from '../core/admin-ports.ts'
import type { Commits } from './commits.ts'
import { read } from './faults.ts'
import { all, belowKey, given } from './registry/looks.ts'
import { pageOf } from './registry/page.ts'
import type { Row } from './tables.ts'

/** Of what was refused the latest are kept: anyone can be refused, as often as they like. */
const REFUSED_KEPT = 10_000

const FIRST_REFUSED = 400

const FILTERS = {
  actor: 'actor = @actor',
  target: 'target = @target',
  outcome: 'refused = @refused',
  since: 'at >= @since',
  until: 'at < @until',
}

export function createAudit(commits: Commits, file: Sqlite.Database): Audit {
  const insert = file.prepare(
    `insert into audit (at, actor, action, target, address, status, detail, refused)
     values (@at, @actor, @action, @target, @address, @status, @detail, @refused)`,
  )
  const end = file.prepare(
    `update audit set status = @status, target = @target, detail = @detail, refused = @refused where num = @num`,
  )
  const keepLatest = file.prepare(
    `delete from audit where refused = 1 and num <= (
       select num from audit where refused = 1 order by num desc limit 1 offset ${REFUSED_KEPT})`,
  )
  const forget = file.prepare(
    'delete from audit where num in (select num from audit where at <= ? order by at limit ?)',
  )
  const row = (status: number | null, detail: ActDetail) => ({
    ...{ status, detail: detail && JSON.stringify(detail) },
    refused: Number(status !== null && status >= FIRST_REFUSED),
  })
  return {
    begin: (act) => commits.durable(() => Number(insert.run({ ...act, ...row(null, null) }).lastInsertRowid)),

    end: (num, { status, target, detail }) =>
      commits.durable(() => {
        end.run({ num, target, ...row(status, detail) })
        if (status >= FIRST_REFUSED) keepLatest.run()
      }),

    refuse: (act: Act, { status, detail }) =>
      commits.swift(() => {
        insert.run({ ...act, ...row(status, detail) })
        keepLatest.run()
      }),

    list: ({ after, limit, ...filters }) =>
      read(() => {
        const [below] = belowKey(after, 1)
        const which = all(['num < @below', ...given(filters, FILTERS)])
        const rows = file.prepare<[object], Row<'audit'> & { id: string }>(
          `select *, cast(num as text) as id from audit where ${which} order by num desc limit @most`,
        )
        const refused = Number(filters.outcome === 'refused')
        return pageOf(rows.all({ ...filters, below, refused, most: limit + 1 }), limit, view)
      }),

    forget: (before, limit) => commits.swift(() => forget.run(before, limit).changes),
  }
}

const view = ({
  num: _num,
  refused: _refused,
  detail,
  ...entry
}: Row<'audit'> & { id: string }): AuditRecord => ({
  ...entry,
  detail: detail === null ? null : (JSON.parse(detail) as ActDetail),
})
