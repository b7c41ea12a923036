/**
 * How a subscription's receiver has done lately, and what follows for its queue: how many may be under way at once,
 * whether it is probed only, and before when nothing goes out. Pure: the worker applies it, the store keeps it.
 */
import { nextWait } from './backoff.ts'
import type { Verdict } from './delivery.ts'

export interface QueueState {
  /** So many may be under way at once: one to begin with, twice as many with each answer, up to a limit. */
  window: number
  /** Whether the last answer came soon. What is slow, or not known yet, has half of all places at the most. */
  quick: boolean
  /** Failures since the last success; of several under way at once, one counts. */
  failures: number
  /** When the last failure that counts came about, in milliseconds since 1970. */
  failedAt: number
  /** Since when the receiver is probed only; null while it is not. */
  failingSince: number | null
  /** What waited while it failed goes out at a bounded rate. */
  draining: boolean
  /** Nothing goes out before, in milliseconds since 1970. */
  gateAt: number
}

export const NEW_QUEUE: QueueState = {
  window: 1,
  quick: false,
  failures: 0,
  failedAt: 0,
  failingSince: null,
  draining: false,
  gateAt: 0,
}

/** An answer that takes longer is slow. */
export const QUICK_MS = 1_000

/** So many may be under way at a receiver that is slow: with one it would fall behind for good. */
const SLOW_WINDOW = 4

/** So many failures in a row, and the receiver is probed only. */
export const FAILURES_UNTIL_FAILING = 5

/** Between two probes at the most: whoever recovers must not wait for hours. */
const PROBE_MAX_MS = 300_000

/** Between two deliveries of what has waited: 500 a second. */
const DRAIN_MS = 2

/** An attempt that has ended. */
export interface Ended {
  /** When it began, in milliseconds since 1970. */
  at: number
  ms: number
  verdict: Verdict
}

/** @param settings the retry schedule, by which probes are made too, and a random number from 0 up to 1 */
export function afterAttempt(
  state: QueueState,
  { at, ms, verdict }: Ended,
  settings: { schedule: readonly number[]; fraction: number; maxWindow: number },
): QueueState {
  const quick = ms <= QUICK_MS
  if (answered(verdict)) {
    const recovered = state.failingSince !== null
    return {
      ...state,
      quick,
      window: recovered ? 1 : Math.min(state.window * 2, settings.maxWindow, quick ? Infinity : SLOW_WINDOW),
      failures: 0,
      failingSince: null,
      draining: state.draining || recovered,
      // What was sent before the last failure says nothing of what the receiver has asked for since.
      gateAt: recovered && at >= state.failedAt ? 0 : state.gateAt,
    }
  }
  const slower = { ...state, quick, window: 1 }
  const now = at + ms
  // It was under way already when another failed: the same trouble, seen twice.
  const counted = at < state.failedAt ? slower : failed(slower, now, settings)
  const holdMs = 'holdMs' in verdict ? verdict.holdMs : undefined
  return holdMs === undefined ? counted : { ...counted, gateAt: Math.max(counted.gateAt, now + holdMs) }
}

/** A receiver that says no to one SET is there; so is one that says that it is gone. */
const answered = (verdict: Verdict): boolean =>
  verdict.kind === 'delivered' || verdict.kind === 'gone' || verdict.outcome === 'rejected'

function failed(
  state: QueueState,
  now: number,
  { schedule, fraction }: { schedule: readonly number[]; fraction: number },
): QueueState {
  const failures = state.failures + 1
  const counted = { ...state, failures, failedAt: now }
  const probes = failures - FAILURES_UNTIL_FAILING + 1
  if (probes < 1) return counted
  const wait = nextWait(schedule, Math.min(probes, schedule.length), fraction) ?? 0
  return {
    ...counted,
    failingSince: state.failingSince ?? now,
    draining: false,
    gateAt: Math.max(state.gateAt, now + Math.min(wait, PROBE_MAX_MS)),
  }
}

/**
 * How many more may go out now.
 *
 * @param underWay how many have gone out and not ended
 * @param now milliseconds since 1970
 */
export function mayTake(state: QueueState, underWay: number, now: number): number {
  if (now < state.gateAt) return 0
  if (state.failingSince !== null) return underWay === 0 ? 1 : 0
  return Math.max(0, state.window - underWay)
}

/** @param taken so many have just been handed out */
export function afterTaking(state: QueueState, taken: number, now: number): QueueState {
  return state.draining && taken > 0 ? { ...state, gateAt: now + taken * DRAIN_MS } : state
}

/** @param ms by so much the clock was set back; @param now what it says since */
export function afterSettingBack(state: QueueState, ms: number, now: number): QueueState {
  const earlier = (at: number): number => (at > now ? Math.max(now, at - ms) : at)
  return {
    ...state,
    gateAt: earlier(state.gateAt),
    failedAt: earlier(state.failedAt),
    failingSince: state.failingSince === null ? null : earlier(state.failingSince),
  }
}
