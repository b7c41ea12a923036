/** How often each source may publish: one that runs wild must not take the hub from the others. */
import { Refusal } from '../core/errors.ts'
import type { Clock } from '../core/ports.ts'

export interface RateLimit {
  /** Counts one request. @throws Refusal `overloaded` when it comes too soon */
  take(who: string): void
}

/** So much may come at once, in milliseconds of the rate. */
const BURST_MS = 1_000

/** Those that are not known here have not come for longer than a burst. */
const MAX_KNOWN = 10_000

/** @param perSecond requests of each, on the average; for a moment, as many at once */
export function createRateLimit(perSecond: number, clock: Clock): RateLimit {
  const each = 1_000 / perSecond
  /** Until when the requests so far count, one after the other. */
  const countedUntil = new Map<string, number>()
  return {
    take(who) {
      const now = clock.now()
      const latest = now + Math.max(BURST_MS, each)
      const known = countedUntil.get(who) ?? now
      // Further ahead than it can be: the clock was set back.
      const from = known > latest ? now : Math.max(known, now)
      if (from + each > latest) {
        throw new Refusal('overloaded', 'This source sends too much at once. Send it again later.')
      }
      if (countedUntil.size >= MAX_KNOWN) forgetThePast(countedUntil, now)
      countedUntil.set(who, from + each)
    },
  }
}

function forgetThePast(countedUntil: Map<string, number>, now: number): void {
  for (const [who, until] of countedUntil) if (until <= now) countedUntil.delete(who)
}
