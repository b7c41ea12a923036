/** What follows from an attempt to deliver (WebSub §7, RFC 8935 §2). A decision only: the caller sends and records. */
import { nextWait } from './backoff.ts'
import { type Exchange, isSuccess } from './exchange.ts'
import { retryAfterMs } from './retry-after.ts'
import { isObject } from './strict-json.ts'

/** What was tried of a delivery before. */
export interface Tried {
  /** Attempts that count against the schedule. */
  spent: number
  /** How often the receiver has said that it will not take this SET. */
  rejections: number
}

/**
 * `delivered`: done. `gone`: the callback said 410, which ends the subscription. `retry`: again after `waitMs`. `dead`:
 * given up and kept; the subscription stays. With `holdMs` the receiver asked to be left alone for so long, by this
 * delivery and all others.
 */
export type Verdict =
  | { kind: 'delivered' }
  | { kind: 'gone' }
  | { kind: 'retry'; outcome: Failure; waitMs: number; holdMs?: number }
  | { kind: 'dead'; outcome: Failure; holdMs?: number }

/** `rejected`: the receiver read the SET and will not take it. `refused`: any other answer but 2xx. Else the fault. */
export type Failure = 'rejected' | 'refused' | Extract<Exchange, { kind: 'fault' }>['fault']

/** A receiver that rejects a SET is asked twice more, in case it was mended meanwhile. */
const MAX_REJECTIONS = 3

/** Answers whose `Retry-After` is obeyed. */
const BUSY = [429, 503]

/**
 * @param schedule waits between attempts, in milliseconds
 * @param fraction a random number from 0 up to 1
 * @param now milliseconds since 1970
 */
export function judgeDelivery(
  exchange: Exchange,
  tried: Tried,
  { schedule, fraction, now }: { schedule: readonly number[]; fraction: number; now: number },
): Verdict {
  if (exchange.kind === 'answer' && isSuccess(exchange.status)) return { kind: 'delivered' }
  if (exchange.kind === 'answer' && exchange.status === 410) return { kind: 'gone' }
  const outcome = failureOf(exchange)
  const waitMs = nextWait(schedule, tried.spent + 1, fraction)
  const isFinal = outcome === 'rejected' && tried.rejections + 1 >= MAX_REJECTIONS
  const holdMs =
    exchange.kind === 'answer' && BUSY.includes(exchange.status)
      ? retryAfterMs(exchange.retryAfter, now)
      : undefined
  const hold = holdMs === undefined ? {} : { holdMs }
  if (waitMs === undefined || isFinal) return { kind: 'dead', outcome, ...hold }
  // A receiver that says "soon" all the time must not spend within a minute what is meant for a day.
  return { kind: 'retry', outcome, waitMs: Math.max(waitMs, holdMs ?? 0), ...hold }
}

function failureOf(exchange: Exchange): Failure {
  if (exchange.kind === 'fault') return exchange.fault
  return exchange.status === 400 && isSetError(exchange.body) ? 'rejected' : 'refused'
}

/** RFC 8935 §2.3: a JSON object with `err`. */
function isSetError(body: Buffer): boolean {
  try {
    const said: unknown = JSON.parse(body.toString('utf8'))
    return isObject(said) && typeof said.err === 'string'
  } catch {
    return false
  }
}
