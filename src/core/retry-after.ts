/** `Retry-After` (RFC 9110 §10.2.3): how long a receiver asks to be left alone. */

const LEAST_MS = 1_000
const MOST_MS = 86_400_000

const DAY = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)'
const TIME = String.raw`\d\d:\d\d:\d\d`

/** The three forms of a date, the first of which is to be made and all of which are to be understood (RFC 9110 §5.6.7). */
const HTTP_DATES = [
  String.raw`${DAY}, \d\d [A-Z][a-z]{2} \d{4} ${TIME} GMT`,
  String.raw`${DAY}[a-z]*day, \d\d-[A-Z][a-z]{2}-\d\d ${TIME} GMT`,
  String.raw`${DAY} [A-Z][a-z]{2} [ \d]\d ${TIME} \d{4}`,
].map((form) => new RegExp(`^${form}$`))

/**
 * The wait in milliseconds, from a second to a day; undefined when it says nothing that can be understood.
 *
 * @param now milliseconds since 1970
 */
export function retryAfterMs(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined
  const wait = /^\d{1,15}$/.test(value) ? Number(value) * 1000 : untilDate(value, now)
  return wait === undefined ? undefined : Math.min(Math.max(wait, LEAST_MS), MOST_MS)
}

function untilDate(value: string, now: number): number | undefined {
  if (!HTTP_DATES.some((form) => form.test(value))) return undefined
  // The one without a zone means GMT as well.
  const at = Date.parse(value.endsWith('GMT') ? value : `${value} GMT`)
  return Number.isNaN(at) ? undefined : at - now
}
