/**
 * Pages: the cursor is the last row's id, so that rows added meanwhile neither shift nor repeat anything.
 */
import type Sqlite from 'better-sqlite3'
import type { OfTenant, Page, PageRequest } from '../../core/list.ts'
import { read } from '../faults.ts'

/** Out of up to `limit` + 1 rows: the one too many says that there are more. */
export function pageOf<R extends { id: string }, T>(rows: R[], limit: number, view: (row: R) => T): Page<T> {
  const shown = rows.slice(0, limit)
  return { items: shown.map(view), next: rows.length > limit ? (shown.at(-1)?.id ?? null) : null }
}

/** A number that was given out as text; undefined when this is none. */
export function numberOf(text: string): number | undefined {
  return /^[1-9]\d{0,14}$/.test(text) ? Number(text) : undefined
}

interface Records<R, T> {
  /** The row, within a commit. */
  find: (id: string) => R | undefined
  get: (id: string) => Promise<T | undefined>
  list: (page: PageRequest & OfTenant) => Promise<Page<T>>
}

/** What is read by its id, and listed in the order of ids. @param select all that are seen, with a condition */
export function createRecords<R extends { id: string }, T>(
  file: Sqlite.Database,
  select: string,
  view: (row: R) => T,
): Records<R, T> {
  const one = file.prepare<[string], R>(`${select} and id = ?`)
  const page = (which: string) =>
    file.prepare<[object], R>(`${select} and id > @after ${which} order by id limit @most`)
  return {
    find: (id) => one.get(id),
    get: (id) =>
      read(() => {
        const row = one.get(id)
        return row && view(row)
      }),
    list: ({ after = '', limit, tenant }) =>
      read(() => {
        const rows = page(tenant === undefined ? '' : 'and tenant = @tenant')
        return pageOf(rows.all({ after, tenant, most: limit + 1 }), limit, view)
      }),
  }
}
