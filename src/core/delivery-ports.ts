/**
 * What the flow needs of the store to deliver. The deliveries that wait for one subscription are its queue, and whoever
 * claims the queue sends them: a claim is held for many deliveries, and renewed while any is under way. As in
 * `store-ports.ts`, what a method changes is one commit.
 *
 * Nothing here waits for the disk but the beginning of a replay, which an operator is answered for: what a power cut
 * takes of the rest is done again, from what was committed before. A crash of the process alone takes nothing.
 */
import type { QueueState } from './queue-state.ts'
import type { SetFormat } from './set.ts'

export interface FanOut {
  /**
   * Makes at most `limit` deliveries for the oldest publications that still lack some: one for each subscription
   * that was active when the event was accepted. Remembers how far it came.
   * @returns the publications that it worked on; none when none waits
   */
  next(limit: number, now: number): Promise<{ topic: string; deliveries: number }[]>
}

/** The queue of one subscription; `claim` fences it: once the claim has lapsed, it is another's. */
export interface ClaimedQueue {
  id: string
  claim: string
  /** The life of its subscription: it gets what is accepted behind this place in the sequence. */
  activeFrom: number
  /** The callback's. */
  origin: string
  state: QueueState
}

/** Whom an attempt goes to, read at the last moment. */
export interface Receiver {
  subscription: string
  topic: string
  callback: string
  /** The callback's, without the port. */
  host: string
  secretSealed?: string
  /** What the webhook wants that the subscription belongs to. */
  webhook?: { id: string; format: SetFormat; headersSealed?: string }
}

/** A delivery that is to be attempted now. */
export interface Sendable {
  id: string
  receiver: Receiver
  contentType: string
  /** A registered topic's content is sealed, in the context of its `jti`, and is bytes in Latin-1. */
  body: string | { sealed: string; jti: string }
  /** How many attempts were made before. */
  attempts: number
  /** How many of those count against the schedule. */
  spent: number
  /** In how many of those the receiver said that it will not take it. */
  rejections: number
  /** Since when it could have gone out: its event was accepted then, or it fell due; in milliseconds since 1970. */
  waitingSince: number
}

/** One attempt, as it is kept. */
export interface Receipt {
  at: number
  ms: number
  status?: number
  /** `delivered`, or the class of what went wrong. */
  outcome: string
  /** What the receiver said with its refusal. */
  said?: string
}

export type Settlement =
  | { state: 'waiting'; dueAt: number; rejections: number }
  | { state: 'delivered' | 'dead' }
  /** The callback is gone: its subscription ends. */
  | { state: 'dead'; endSubscription: string }

/** What came of an attempt. */
export interface Settled {
  id: string
  settlement: Settlement
  receipt: Receipt
}

/** What the holder of a queue does in one commit. */
export interface Turn {
  /** Attempts that have ended. */
  settled: readonly Settled[]
  /** How its receiver has done. */
  state: QueueState
  /** Whether that is news since the turn before. */
  changed: boolean
  /** Deliveries that are under way still: they are not handed out again. */
  underWay: readonly string[]
  /** At most so many are handed out. */
  take: number
  /** Of those, so many are to be ones that were tried before, if any is due. */
  takeRetries: number
  now: number
  /** The claim lapses then, or up to a quarter of its time sooner, unless another turn renews it. */
  until: number
}

export interface TurnTaken {
  /** In the order of acceptance; those that were tried before in the order in which they fell due. */
  deliveries: Sendable[]
  /** The claim has ended, with this turn or before; what was under way is to be settled all the same. */
  over: boolean
  /** Of the attempts recorded, so many have no other, since their subscription ended; left out when none. */
  dropped?: number
}

/** How many queues may be claimed. Those whose receiver is not known to be quick are unproven. */
export interface QueueClaim {
  /** At most so many. */
  limit: number
  /** At most so many unproven ones. */
  unproven: number
  /** Deliveries under way by origin: with a delivery for each queue that is claimed, no origin passes `perOrigin`. */
  underWay: ReadonlyMap<string, number>
  perOrigin: number
  /** Of those, the ones to unproven receivers: with each unproven queue, no origin passes `unprovenPerOrigin`. */
  unprovenOfOrigin: ReadonlyMap<string, number>
  unprovenPerOrigin: number
  now: number
  /** The claims lapse then. */
  until: number
}

export interface DeliveryQueues {
  /**
   * Claims queues that have something to send, those first that have waited longest.
   * @returns them, and when the next queue that nobody holds has something to send; that may have been before now, where
   *   it may not be claimed yet
   */
  claim(options: QueueClaim): Promise<{ claimed: ClaimedQueue[]; nextDue?: number }>
  /**
   * Records what came of attempts, whoever holds the queue by now, and hands out what is to be sent next, if this claim
   * holds still and the subscription is alive and not paused. With nothing under way and nothing to send, the claim
   * ends. Where the subscription has begun a new life meanwhile, nothing is handed out, and the queue is as new then.
   */
  turn(queue: Pick<ClaimedQueue, 'id' | 'claim' | 'activeFrom'>, turn: Turn): Promise<TurnTaken>
  /**
   * The clock was set back by `ms`: whatever is to happen after `now`, in these queues and those of intents and pages,
   * happens so much sooner, so that it waits for no longer than it was meant to. Looks at everything that waits.
   */
  clockSetBack(ms: number, now: number): Promise<void>
}

/** Events that subscriptions get once more. */
export interface Replays {
  /**
   * Every event of the subscription's topic that was accepted from `since` on and before `until`, and is kept still, is
   * to be delivered to it again; nothing is made yet. `inactive`: it is not active, or paused.
   * @returns how many events they are
   */
  begin(
    subscription: string,
    range: { since: number; until: number },
    now: number,
  ): Promise<{ replayed: number } | 'unknown' | 'inactive'>
  /**
   * Goes on with some of them: makes a few deliveries each, a hundred a second at the most, and none while the ones
   * before them pile up. A replay ends with the life of its subscription.
   * @returns those that it went on with, with how many deliveries were made in all where that was the end, and when
   *   the next is due
   */
  next(now: number): Promise<{ chunks: { subscription: string; made?: number }[]; nextDue?: number }>
}

/** What the operator watches. */
export interface Waiting {
  deliveries: number
  /** Of those, the ones that were tried before. */
  retries: number
  /** Deliveries still to be made for events that are accepted, as subscriptions are now; a few may be counted twice. */
  toCome: number
  /** When the oldest was made, in milliseconds since 1970. */
  oldestAt?: number
  failingSubscriptions: number
  /** How long the counting took. */
  ms: number
}

export interface Backlog {
  /** Counts: it takes the longer, the more there is. */
  measure(): Promise<Waiting>
}
