/** What follows from an attempt to deliver (WebSub §7). A decision only: the caller sends and records. */
import { nextWait } from './backoff.ts'
import { type Exchange, isSuccess } from './exchange.ts'

/**
 * `delivered`: done. `retry`: again after `waitMs`. `dead`: the schedule is spent; this one is given up, the
 * subscription stays. `gone`: the callback said 410, which ends the subscription.
 */
export type Verdict =
  { kind: 'delivered' } | { kind: 'retry'; waitMs: number } | { kind: 'dead' } | { kind: 'gone' }

/**
 * @param attempts how many have been made, this one included
 * @param schedule waits between attempts, in milliseconds
 */
export function judgeDelivery(
  exchange: Exchange,
  attempts: number,
  schedule: readonly number[],
  fraction: number,
): Verdict {
  if (exchange.kind === 'answer') {
    if (isSuccess(exchange.status)) return { kind: 'delivered' }
    if (exchange.status === 410) return { kind: 'gone' }
  }
  const waitMs = nextWait(schedule, attempts, fraction)
  return waitMs === undefined ? { kind: 'dead' } : { kind: 'retry', waitMs }
}
