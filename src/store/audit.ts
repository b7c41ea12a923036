/** What was done by the admin API, and what was tried. */
import type Sqlite from 'better-sqlite3'
import { sql } from 'kysely'
import type { Act, ActDetail, Audit, AuditFilters, AuditRecord } from '../core/admin-ports.ts'
import type { PageRequest } from '../core/list.ts'
import type { Commits } from './commits.ts'
import { read } from './faults.ts'
import { belowKey } from './registry/looks.ts'
import { pageOf } from './registry/page.ts'
import type { Row } from './tables.ts'
import { all, build, run } from './typed-sql.ts'

/** Of what was refused the latest are kept: anyone can be refused, as often as they like. */
const REFUSED_KEPT = 10_000

const FIRST_REFUSED = 400

export function createAudit(commits: Commits, file: Sqlite.Database): Audit {
  const insert = (act: Act, status: number | null, detail: ActDetail) =>
    run(file, build.insertInto('audit').values({ ...act, ...ended(status, detail) })).lastInsertRowid
  return {
    begin: (act) => commits.durable(() => Number(insert(act, null, null))),

    end: (num, { status, target, detail }) =>
      commits.durable(() => {
        const end = build.updateTable('audit').set({ target, ...ended(status, detail) })
        run(file, end.where('num', '=', num))
        if (status >= FIRST_REFUSED) keepLatest(file)
      }),

    refuse: (act: Act, { status, detail }) =>
      commits.swift(() => {
        insert(act, status, detail)
        keepLatest(file)
      }),

    list: (page) => read(() => pageOf(all(file, entries(page)), page.limit, view)),

    forget: (before, limit) =>
      commits.swift(() => {
        const oldest = build.selectFrom('audit').select('num').where('at', '<=', before)
        const forget = build.deleteFrom('audit').where('num', 'in', oldest.orderBy('at').limit(limit))
        return run(file, forget).changes
      }),
  }
}

const ended = (status: number | null, detail: ActDetail) => ({
  ...{ status, detail: detail && JSON.stringify(detail) },
  refused: Number(status !== null && status >= FIRST_REFUSED),
})

function keepLatest(file: Sqlite.Database): void {
  const refused = build.selectFrom('audit').select('num').where('refused', '=', 1)
  const last = refused.orderBy('num', 'desc').limit(1).offset(REFUSED_KEPT)
  run(file, build.deleteFrom('audit').where('refused', '=', 1).where('num', '<=', last))
}

/** The latest first. */
function entries({ after, limit, actor, target, outcome, since, until }: PageRequest & AuditFilters) {
  const [below = 0] = belowKey(after, 1)
  const id = sql<string>`cast(num as text)`.as('id')
  let found = build.selectFrom('audit').selectAll().select(id).where('num', '<', below)
  if (actor !== undefined) found = found.where('actor', '=', actor)
  if (target !== undefined) found = found.where('target', '=', target)
  if (outcome !== undefined) found = found.where('refused', '=', Number(outcome === 'refused'))
  if (since !== undefined) found = found.where('at', '>=', since)
  if (until !== undefined) found = found.where('at', '<', until)
  return found.orderBy('num', 'desc').limit(limit + 1)
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
