/** What was done by the admin API, and what was tried. */
import type Sqlite from 'better-sqlite3'
import { type Selectable, sql } from 'kysely'
import type { Act, Audit, AuditRecord, ActDetail } from '../core/admin-ports.ts'
import type { Commits } from './commits.ts'
import { belowKey } from './registry/looks.ts'
import { pageOf } from './registry/page.ts'
import type { Db, Tables } from './tables.ts'

/** Of what was refused the latest are kept: anyone can be refused, as often as they like. */
const REFUSED_KEPT = 10_000

const FIRST_REFUSED = 400

export function createAudit(db: Db, commits: Commits, file: Sqlite.Database): Audit {
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

    async list({ after, limit, actor, target, outcome, since, until }) {
      const [below = Number.MAX_SAFE_INTEGER] = belowKey(after, 1)
      let rows = db.selectFrom('audit').selectAll().where('num', '<', below)
      if (actor !== undefined) rows = rows.where('actor', '=', actor)
      if (target !== undefined) rows = rows.where('target', '=', target)
      if (outcome !== undefined) rows = rows.where('refused', '=', Number(outcome === 'refused'))
      if (since !== undefined) rows = rows.where('at', '>=', since)
      if (until !== undefined) rows = rows.where(sql<boolean>`at < ${until}`)
      const found = await rows
        .orderBy('num', 'desc')
        .limit(limit + 1)
        .execute()
      const numbered = found.map((row) => ({ ...row, id: String(row.num) }))
      return pageOf(numbered, limit, view)
    },

    forget: (before, limit) => commits.swift(() => forget.run(before, limit).changes),
  }
}

const view = ({ num, detail, refused: _, ...entry }: Selectable<Tables['audit']>): AuditRecord => ({
  id: String(num),
  ...entry,
  detail: detail === null ? null : (JSON.parse(detail) as ActDetail),
})
