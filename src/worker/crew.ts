/** A pump whose step hands claimed work to many hands at once. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Observer } from '../core/ports.ts'
import { type Pump, POLL_MS, startPump } from './pump.ts'

export interface Job<T> {
  name: string
  /** How many may be under way at once. */
  hands: number
  /** Claims at most so many. */
  claim(limit: number): Promise<T[]>
  /** When the next falls due, in milliseconds from now; undefined when none waits. */
  nextDueIn(): Promise<number | undefined>
  run(item: T): Promise<void>
}

/** At the most: a claim costs as much for one item as for many. */
const CLAIM_EVERY_MS = 5

/** Stopping ends once everything claimed has been settled. */
export function startCrew<T>(job: Job<T>, observer: Observer): Pump {
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
    const free = job.hands - underWay.size
    if (free === 0) return POLL_MS
    const items = await job.claim(free)
    items.forEach(start)
    if (items.length > 0) return 0
    const due = await job.nextDueIn()
    // Due, but not to be claimed: its subscription or origin is at its limit, and a hand will wake us.
    return due === undefined || due <= 0 ? POLL_MS : due
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
