import type { Page } from '../../core/registry-ports.ts'

/**
 * A page out of up to `limit` + 1 rows: the one too many says that there are more. The cursor is the last row's
 * key, so that rows added meanwhile neither shift nor repeat anything.
 */
export function pageOf<R, T>(
  rows: R[],
  limit: number,
  key: (row: R) => string | number,
  view: (row: R) => T,
): Page<T> {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return {
    items: shown.map(view),
    next: rows.length > limit && last !== undefined ? String(key(last)) : null,
  }
}

/** A cursor over a number; what is none points before everything. */
export function numericCursor(after: string): number {
  return /^\d{1,15}$/.test(after) ? Number(after) : 0
}
