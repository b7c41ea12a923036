/** A queue whose claim is held, and what is under way of it. */
import type { ClaimedQueue, Settled, Turn } from '../core/delivery-ports.ts'
import { mayTake, type QueueState } from '../core/queue-state.ts'

/** Where others wait, a queue is given back after this long, so that they have their turn. */
const QUANTUM_MS = 100

/** Of so many deliveries of a queue one is a retry, while there are both. */
const RETRY_SHARE = 4

export interface HeldQueue {
  queue: ClaimedQueue
  state: QueueState
  /** As it was recorded last. */
  recorded: QueueState
  /** When it was claimed, on the clock that is never set. */
  since: number
  /** When the claim lapses, in milliseconds since 1970. */
  until: number
  underWay: Set<string>
  /** Attempts that have ended and are not recorded yet. */
  settled: Settled[]
  /** Deliveries handed out so far. */
  taken: number
  /** Whether there may be something to send, as far as anyone knows. */
  mayHaveMore: boolean
  /** The claim has ended; what is under way is recorded all the same. */
  isOver: boolean
}

export const hold = (queue: ClaimedQueue, until: number): HeldQueue => ({
  queue,
  state: queue.state,
  recorded: queue.state,
  since: performance.now(),
  until,
  underWay: new Set(),
  settled: [],
  taken: 0,
  mayHaveMore: true,
  isOver: false,
})

/**
 * How many more of it may go out now. A request that is not answered keeps the claim from ending, however long it has
 * been held; it holds up what is behind it only where others wait.
 *
 * @param room how many more may be under way at its origin
 * @param othersWait for what it occupies
 * @param now milliseconds since 1970
 */
export function share(
  held: HeldQueue,
  { room, othersWait, now }: { room: number; othersWait: boolean; now: number },
): number {
  const hadItsTurn = othersWait && performance.now() - held.since >= QUANTUM_MS
  return held.isOver || hadItsTurn ? 0 : Math.min(room, mayTake(held.state, held.underWay.size, now))
}

/**
 * What the next turn of it says. What has ended is handed over, and how its receiver does counts as recorded.
 *
 * @param elsewhere deliveries of the same queue that are under way since before it was claimed
 */
export function nextTurn(
  held: HeldQueue,
  { take, elsewhere, now, until }: { take: number; elsewhere: readonly string[]; now: number; until: number },
): Turn {
  const { settled, state, taken } = held
  held.settled = []
  const takeRetries = Math.floor((taken + take) / RETRY_SHARE) - Math.floor(taken / RETRY_SHARE)
  const changed = !isSame(state, held.recorded)
  held.recorded = state
  const underWay = [...held.underWay, ...elsewhere]
  return { settled, state, changed, underWay, take, takeRetries, now, until }
}

const isSame = (a: QueueState, b: QueueState): boolean =>
  (Object.keys(a) as (keyof QueueState)[]).every((name) => a[name] === b[name])
