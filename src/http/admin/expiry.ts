import { Refusal } from '../../core/errors.ts'
import { parseIsoTime } from '../../core/iso-time.ts'
import type { Expiry } from './body.ts'

/**
 * When a token is to end, in milliseconds since 1970; null for never.
 * @throws Refusal `malformed` when it is said twice, or is no time to come
 */
export function expiryOf(
  { expires_at: at, expires_in_seconds: seconds }: Expiry,
  now: number,
): number | null {
  if (at !== undefined && seconds !== undefined) {
    throw new Refusal('malformed', 'The end is given twice; say expires_at or expires_in_seconds.')
  }
  if (seconds !== undefined) return now + seconds * 1_000
  if (at === undefined) return null
  const time = parseIsoTime(at)
  if (time === undefined || time <= now) {
    throw new Refusal(
      'malformed',
      'expires_at is not a time to come, with its zone, such as 2027-01-31T08:00:00Z.',
    )
  }
  return time
}
