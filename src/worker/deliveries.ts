/**
 * The pump that delivers. It holds the claims of the queues that have something under way, gives each its turn when
 * attempts of it have ended, and claims for free hands the queues that have waited longest.
 */
import { setImmediate } from 'node:timers/promises'
import type { DeliveryQueues, Sendable } from '../core/delivery-ports.ts'
import { afterAttempt, afterSettingBack, afterTaking } from '../core/queue-state.ts'
import { deliver, type DeliverParts } from '../flow/deliver.ts'
import { watchClock } from './clock-set-back.ts'
import { type Concurrency, createHands } from './hands.ts'
import { type HeldQueue, hold, nextTurn, share } from './held-queue.ts'
import { CLAIM_MARGIN_MS, POLL_MS, type Pump, startPump } from './pump.ts'

export interface DeliveriesParts extends DeliverParts {
  queues: DeliveryQueues
}

/** Between two looks at queues that may not be claimed as yet. */
const CROWDED_MS = 20

export function startDeliveries(parts: DeliveriesParts, concurrency: Concurrency): Pump {
  const { queues, clock, random, observer } = parts
  const { retrySchedule: schedule, timeoutMs } = parts.settings
  const claimMs = timeoutMs + CLAIM_MARGIN_MS
  const hands = createHands(concurrency)
  /** A queue that was lost and claimed anew is here twice, until what was under way of it has been recorded. */
  const helds = new Set<HeldQueue>()
  /** Those of them whose claim has ended, before what was under way. */
  const lapsed = new Set<HeldQueue>()
  const underWay = new Set<Promise<void>>()
  const setBackNow = watchClock(clock)
  /** What the store does not know of yet, in milliseconds. */
  let setBack = 0
  let stopping = false
  /** Something may have come: whoever has a free hand looks again. */
  let hinted = true
  /** When to look again for queues that nobody holds, on the clock that is never set; -Infinity: at once. */
  let lookAt = -Infinity
  /** There are some that may not be claimed as yet: whoever ends may make room for one. */
  let crowded = false
  /** Somebody may wait for the hands that queues hold. */
  let othersWait = false

  function start(held: HeldQueue, sendable: Sendable, quick: boolean): void {
    held.underWay.add(sendable.id)
    const attempt = async (): Promise<void> => {
      try {
        const { settled, verdict } = await deliver(parts, sendable)
        held.settled.push(settled)
        const { ms } = settled.receipt
        // The clock may have been set back meanwhile.
        const at = Math.min(settled.receipt.at, clock.now() - ms)
        const settings = { schedule, fraction: random.fraction(), maxWindow: concurrency.perSubscription }
        held.state = afterAttempt(held.state, { at, ms, verdict }, settings)
      } catch (error) {
        // Nothing is known of it, and it is handed out again: not at once, since the fault may well be there still.
        held.state = { ...held.state, gateAt: Math.max(held.state.gateAt, clock.now() + POLL_MS) }
        observer.pumpFailed({ pump: 'deliver', error })
      }
      held.underWay.delete(sendable.id)
      hands.take({ origin: held.queue.origin, quick }, -1)
      if (crowded) lookAt = -Infinity
      pump.wake()
    }
    const work = attempt().finally(() => underWay.delete(work))
    underWay.add(work)
  }

  /** Of the same queue, what went out under a claim that has ended, and is not recorded yet. */
  const elsewhere = (held: HeldQueue): string[] =>
    [...lapsed].flatMap((other) =>
      other !== held && other.queue.id === held.queue.id
        ? [...other.underWay, ...other.settled.map(({ id }) => id)]
        : [],
    )

  async function turn(held: HeldQueue, take: number): Promise<void> {
    const { quick } = held.state
    const place = { origin: held.queue.origin, quick }
    // Before anyone else is asked: what is being handed out is as good as under way.
    hands.take(place, take)
    const now = clock.now()
    // As it was, should the turn fail: saying what it is changes it.
    const { recorded } = held
    const asked = nextTurn(held, { take, elsewhere: elsewhere(held), now, until: now + claimMs })
    try {
      const { deliveries, over, dropped } = await queues.turn(held.queue, asked)
      if (dropped !== undefined) observer.dropped({ deliveries: dropped })
      hands.take(place, deliveries.length - take)
      held.until = asked.until
      held.taken += deliveries.length
      held.mayHaveMore = deliveries.length === take
      held.state = afterTaking(held.state, deliveries.length, now)
      if (deliveries.length < take) held.state = { ...held.state, draining: false }
      if (over) letGo(held)
      for (const sendable of deliveries) start(held, sendable, quick)
    } catch (error) {
      hands.take(place, -take)
      // It is recorded with the next turn.
      held.settled.unshift(...asked.settled)
      held.recorded = recorded
      // Whoever let go of it meanwhile saw nothing to record.
      helds.add(held)
      if (held.isOver) lapsed.add(held)
      throw error
    }
  }

  /** Its claim has ended: it is remembered until what was under way has been recorded. */
  function letGo(held: HeldQueue): void {
    held.isOver = true
    lookAt = -Infinity
    lapsed.add(held)
    if (held.underWay.size + held.settled.length > 0) return
    lapsed.delete(held)
    helds.delete(held)
  }

  /** Its turn is begun. @returns none when there is nothing to record, to send or to renew */
  function turnsOf(held: HeldQueue, hint: boolean): Promise<void>[] {
    const { queue, state, settled, until } = held
    const now = clock.now()
    const room = stopping ? 0 : hands.room({ origin: queue.origin, quick: state.quick })
    const take = held.mayHaveMore || hint ? share(held, { room, othersWait, now }) : 0
    const isDue = settled.length > 0 || held.underWay.size === 0 || until - now < claimMs / 2
    return isDue || take > 0 ? [turn(held, take)] : []
  }

  async function claim(): Promise<void> {
    const now = clock.now()
    const limit = hands.free
    if (limit <= 0) othersWait = true
    if (stopping || limit <= 0 || performance.now() < lookAt) return
    const until = now + claimMs
    const { claimed, nextDue } = await queues.claim({
      limit,
      unproven: hands.unproven,
      underWay: hands.ofOrigin,
      perOrigin: concurrency.perOrigin,
      unprovenOfOrigin: hands.unprovenOfOrigin,
      unprovenPerOrigin: hands.unprovenPerOrigin,
      now,
      until,
    })
    const dueIn = (nextDue ?? Infinity) - now
    crowded = dueIn <= 0
    othersWait = crowded || claimed.length === limit
    if (claimed.length < limit) lookAt = performance.now() + (crowded ? CROWDED_MS : Math.min(dueIn, POLL_MS))
    const ids = new Set(claimed.map(({ id }) => id))
    // What is claimed anew was lost before.
    for (const other of helds) if (ids.has(other.queue.id)) letGo(other)
    await allOf(
      claimed.map((queue) => {
        const held = hold(queue, until)
        helds.add(held)
        return turn(held, 1)
      }),
    )
  }

  async function obeyClock(): Promise<void> {
    setBack += setBackNow()
    if (setBack === 0) return
    const now = clock.now()
    await queues.clockSetBack(setBack, now)
    for (const held of helds) {
      held.state = afterSettingBack(held.state, setBack, now)
      held.until = Math.min(held.until, now + claimMs)
    }
    setBack = 0
    lookAt = -Infinity
  }

  async function step(): Promise<number> {
    await obeyClock()
    // Whatever else has ended by now has its turn in the same commit.
    await setImmediate()
    const hint = hinted || performance.now() >= lookAt
    hinted = false
    if (hint) lookAt = -Infinity
    const turns = [...helds].flatMap((held) => turnsOf(held, hint))
    await allOf([...turns, claim()])
    const now = clock.now()
    const canGoOn = [...helds].some((held) => {
      const room = hands.room({ ...held.queue, ...held.state })
      return held.mayHaveMore && share(held, { room, othersWait, now }) > 0
    })
    if (canGoOn) return 0
    return hands.free > 0 ? Math.max(lookAt - performance.now(), 0) : POLL_MS
  }

  const pump = startPump('deliver', step, observer)
  return {
    wake() {
      hinted = true
      pump.wake()
    },
    async stop() {
      stopping = true
      await pump.stop()
      await Promise.all(underWay)
      // What is recorded here is not sent again after the restart. What cannot be is, and must not keep the hub from
      // closing.
      await allOf([...helds].map((held) => turn(held, 0))).catch((error: unknown) =>
        observer.pumpFailed({ pump: 'deliver', error }),
      )
    },
  }
}

/** Waits for all of them, also when one fails. */
async function allOf(asked: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(asked)).find((result) => result.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}
