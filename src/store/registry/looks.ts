/**
 * Pages of lists that are narrowed to what no index leads to alone: candidates are looked at in the list's order, a
 * bounded number of them for a page, and a page ends where its looks end, however little they found.
 */
import { Refusal } from '../../core/errors.ts'
import type { Page } from '../../core/list.ts'
import { read } from '../faults.ts'

/** A row's place in the list, which never changes; the highest comes first. Its last part is the row's number. */
export type Key = readonly number[]

export interface Looked {
  seen: { key: Key; fits: boolean }[]
  /** Where the look ended, if there is more below. */
  end?: Key
}

/** Candidates of one look. */
export const LOOK = 2_000

/**
 * @param rows at most `most`, in the list's order: the parts of the key, and whether it fits
 * @param end where the look leads no further although it found fewer
 */
export function look(rows: readonly number[][], most: number, end?: Key): Looked {
  const seen = rows
    .map((row) => ({ key: row.slice(0, -1), fits: row.at(-1) === 1 }))
    .sort((a, b) => compare(b.key, a.key))
  const last = seen.length === most ? seen.at(-1)?.key : end
  return { seen, ...(last !== undefined && { end: last }) }
}

/** The places of a page's rows, and the cursor of the next page. */
export interface Keys {
  keys: Key[]
  next: string | null
}

export function pageOfLooks(looks: readonly Looked[], limit: number): Keys {
  // Below where any of them ended, another may have passed over what that one would find.
  const end = highest(looks)
  const found = looks
    .flatMap(({ seen }) => seen)
    .filter(({ key, fits }) => fits && (end === undefined || compare(key, end) >= 0))
    .map(({ key }) => key)
    .sort((a, b) => compare(b, a))
  const keys = found.slice(0, limit)
  const next = found.length > limit ? keys.at(-1) : end
  return { keys, next: next === undefined ? null : next.join('.') }
}

const highest = (looks: readonly Looked[]): Key | undefined =>
  looks
    .map(({ end }) => end)
    .filter((end) => end !== undefined)
    .sort((a, b) => compare(b, a))
    .at(0)

function compare(a: Key, b: Key): number {
  const at = a.findIndex((part, index) => part !== b[index])
  return at === -1 ? 0 : (a[at] ?? 0) - (b[at] ?? 0)
}

/**
 * What a page stands below.
 * @throws Refusal `malformed` when no page gave this cursor
 */
export function belowKey(after: string | undefined, parts: number): Key {
  if (after === undefined) return Array.from({ length: parts }, () => Number.MAX_SAFE_INTEGER)
  const key = after.split('.')
  if (key.length !== parts || key.some((part) => !/^(0|[1-9]\d{0,15})$/.test(part)))
    throw new Refusal('malformed', 'cursor is not the next of an earlier page.')
  return key.map(Number)
}

/**
 * In the order of the keys.
 *
 * @param find the keys of the page
 * @param rowsOf the rows of these numbers, each with its own as `num`
 */
export const pageOfRows = <R extends { num: number }, T>(
  find: () => Keys,
  rowsOf: (nums: readonly number[]) => R[],
  view: (row: R) => T,
): Promise<Page<T>> =>
  read(() => {
    const { keys, next } = find()
    const nums = keys.map((key) => key.at(-1) ?? 0)
    const rows = new Map(rowsOf(nums).map((row) => [row.num, row]))
    return { items: nums.flatMap((num) => rows.get(num) ?? []).map(view), next }
  })
