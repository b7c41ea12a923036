/** How often each source may publish: one that runs wild must not take the hub from the others. */
import { Refusal } from '../core/errors.ts'
import { createPace } from '../core/pace.ts'
import type { Clock } from '../core/ports.ts'

export interface RateLimit {
  /** Counts one request. @throws Refusal `overloaded` when it comes too soon */
  take(who: string): void
}

/** @param perSecond requests of each, on the average; for a moment, as many at once */
export function createRateLimit(perSecond: number, clock: Clock): RateLimit {
  const pace = createPace({ burst: Math.max(perSecond, 1), everyMs: 1_000 / perSecond })
  return {
    take(who) {
      const now = clock.now()
      if (pace.wait(who, now) > 0) {
        throw new Refusal('overloaded', 'This source sends too much at once. Send it again later.')
      }
      pace.count(who, now)
    },
  }
}
