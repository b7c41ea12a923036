/**
 * Pages: the cursor is the last row's id, so that rows added meanwhile neither shift nor repeat anything.
 */
import type { Page } from '../../core/list.ts'

/** Out of up to `limit` + 1 rows: the one too many says that there are more. */
export function pageOf<R extends { id: string }, T>(rows: R[], limit: number, view: (row: R) => T): Page<T> {
  const shown = rows.slice(0, limit)
  return { items: shown.map(view), next: rows.length > limit ? (shown.at(-1)?.id ?? null) : null }
}

/** A number that was given out as text; undefined when this is none. */
export function numberOf(text: string): number | undefined {
  return /^[1-9]\d{0,14}$/.test(text) ? Number(text) : undefined
}
