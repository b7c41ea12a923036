/**
 * Pages: the cursor is the last row's id, so that rows added meanwhile neither shift nor repeat anything.
 */
import type Sqlite from 'better-sqlite3'
import { type InsertQueryBuilder, type InsertResult, type SelectQueryBuilder, sql } from 'kysely'
import type { OfTenant, Page, PageRequest } from '../../core/list.ts'
import { read } from '../faults.ts'
import type { Tables } from '../tables.ts'
import { all, first, run } from '../typed-sql.ts'

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

type Listed = 'tenants' | 'sources' | 'subscribers' | 'webhooks' | 'admins'

/** Makes one, within a commit. @returns whether there was none of its id */
export const makeNew = <T extends Listed>(
  file: Sqlite.Database,
  insert: InsertQueryBuilder<Tables, T, InsertResult>,
): boolean => {
  const unlessThere = insert.onConflict((conflict) => conflict.expression(sql`id`).doNothing())
  return run(file, unlessThere).changes > 0
}

/** What is read by its id, and listed in the order of ids. @param seen all that are */
export function createRecords<R extends { id: string }, T>(
  file: Sqlite.Database,
  seen: SelectQueryBuilder<Tables, Listed, R>,
  view: (row: R) => T,
): Records<R, T> {
  const find = (id: string): R | undefined => first(file, seen.where('id', '=', id))
  return {
    find,
    get: (id) =>
      read(() => {
        const row = find(id)
        return row && view(row)
      }),
    list: ({ after = '', limit, tenant }) =>
      read(() => {
        const page = seen
          .where('id', '>', after)
          .orderBy('id')
          .limit(limit + 1)
        const rows = all(file, tenant === undefined ? page : page.where('tenant', '=', tenant))
        return pageOf(rows, limit, view)
      }),
  }
}
