/**
 * Pages: the cursor is the last row's key, so that rows added meanwhile neither shift nor repeat anything.
 */
import type { Page } from '../../core/list.ts'

/** Out of up to `limit` + 1 rows: the one too many says that there are more. */
export function pageOf<Key extends string, R extends Record<Key, string | number>, T>(
  rows: R[],
  limit: number,
  key: Key,
  view: (row: R) => T,
): Page<T> {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return { items: shown.map(view), next: rows.length > limit && last ? String(last[key]) : null }
}

/** A number that was given out as text; undefined when this is none. */
export function numberOf(text: string): number | undefined {
  return /^[1-9]\d{0,14}$/.test(text) ? Number(text) : undefined
}
