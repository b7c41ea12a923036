/** What the hub reads of a SET that its publisher signed: just enough to give it its place. */
import { LAST_SECOND } from './reading.ts'
import { isObject } from './strict-json.ts'

interface PublishersSet {
  jti: string
  /** The one event that it carries. */
  uri: string
  txn?: string
  /** Seconds since 1970. */
  occurredAt?: number
}

/** How far the publisher's clock may be off, in seconds (RFC 7519 §4.1.4: a few minutes). */
export const CLOCK_TOLERANCE = 300

/**
 * @param claims verified
 * @param now milliseconds since 1970
 * @returns what it says, or a sentence about what is wrong with it
 */
export function readPublishersSet(
  claims: Readonly<Record<string, unknown>>,
  now: number,
): PublishersSet | string {
  const { jti, iat, events, txn, toe } = claims
  if (!isText(jti)) return 'The claim jti is not a text.'
  if (typeof iat !== 'number' || iat > now / 1000 + CLOCK_TOLERANCE)
    return 'The claim iat is not a number of seconds, or lies in the future.'
  const [only, ...others] = isObject(events) ? Object.entries(events) : []
  // RFC 8417 allows several aspects of one event; the profile of SSF 1.0 §4.1 does not, and a topic needs one.
  if (only === undefined || others.length > 0) return 'The claim events does not hold exactly one event.'
  const [uri, event] = only
  if (!isObject(event)) return 'The event in the claim events is not an object.'
  return {
    jti,
    uri,
    ...(isText(txn) && { txn }),
    ...(isTime(toe) && { occurredAt: Math.floor(toe) }),
  }
}

const isText = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.isWellFormed()

const isTime = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value <= LAST_SECOND
