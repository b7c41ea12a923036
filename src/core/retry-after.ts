/** `Retry-After` (RFC 9110 §10.2.3): how long a receiver asks to be left alone. */

const LEAST_MS = 1_000
const MOST_MS = 86_400_000

/** The one form of a date that is to be made (RFC 9110 §5.6.7). */
const HTTP_DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/

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
  const at = HTTP_DATE.test(value) ? Date.parse(value) : NaN
  return Number.isNaN(at) ? undefined : at - now
}
