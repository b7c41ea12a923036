/** A pump whose step hands claimed work to many hands at once. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Clock, Observer } from '../core/ports.ts'
import { CLAIM_MARGIN_MS, type Pump, POLL_MS, startPump } from './pump.ts'

export interface Job<T> {
  name: string
  /** How many may be under way at once. */
  hands: number
  /** How long one of them has, in milliseconds. */
  timeoutMs: number
  /** Claims at most so many. */
  claim(options: { limit: number; now: number; until: number }): Promise<T[]>
  /** When the next falls due; undefined when none waits. */
  nextDue(): Promise<number | undefined>
  run(item: T): Promise<void>
}

/** At the most: a claim costs as much for one item as for many. */
const CLAIM_EVERY_MS = 5

/** What falls due just after a claim was not there to be claimed: that is no reason to wait for a hand. */
const JUST_DUE_MS = 5

/** Stopping ends once everything claimed has been settled. */
export function startCrew<T>(job: Job<T>, { clock, observer }: { clock: Clock; observer: Observer }): Pump {
  const underWay = new Set<Promise<void>>()

  const start = (item: T): void => {
    const work = job
      .run(item)
      .catch((error: unknown) => observer.pumpFailed({ pump: job.name, error }))
      .finally(() => {
        underWay.delete(work)
        pump.wake()
      })
    underWay.add(work)
  }

  let claimedAt = -Infinity
  const step = async (): Promise<number> => {
    // Hands become free one by one; what they ask for is claimed for several at once.
    if (performance.now() - claimedAt < CLAIM_EVERY_MS) await delay(CLAIM_EVERY_MS)
    claimedAt = performance.now()
    const limit = job.hands - underWay.size
    if (limit === 0) return POLL_MS
    const now = clock.now()
    const items = await job.claim({ limit, now, until: now + job.timeoutMs + CLAIM_MARGIN_MS })
    items.forEach(start)
    if (items.length > 0) return 0
    const dueIn = ((await job.nextDue()) ?? Infinity) - clock.now() + JUST_DUE_MS
    // Due, but not to be claimed: its host or origin is at its limit, and a hand will wake us.
    return dueIn <= 0 ? POLL_MS : dueIn
  }

  const pump = startPump(job.name, step, observer)
  return {
    wake: () => pump.wake(),
    stop: async () => {
      await pump.stop()
      await Promise.all(underWay)
    },
  }
}
