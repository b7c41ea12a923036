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
  /** Deliveries so far. */
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
 * How many more of it may go out now. One that is not answered keeps the queue from being given back, and must not keep
 * what is behind it unless others want the hands.
 *
 * @param room that there is for it
 */
export function share(
  held: HeldQueue,
  { room, othersWait, now }: { room: number; othersWait: boolean; now: number },
): number {
  const isOver = held.isOver || (othersWait && performance.now() - held.since >= QUANTUM_MS)
  return isOver ? 0 : Math.min(room, mayTake(held.state, held.underWay.size, now))
}

/**
 * What the next turn of it says; what has ended is handed over with it.
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
