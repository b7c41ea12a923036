/**
 * So much at once is free, then one in a while, for each that is counted. Memory is bounded: of too many those are
 * forgotten that have been quiet for the longest.
 */
export interface Pace {
  /** Milliseconds until one more is free; 0 when it is now. */
  wait(who: string, now: number): number
  /** There was one. */
  count(who: string, now: number): void
}

const REMEMBERED = 10_000

/** @param everyMs each is made up for by so long a time, one after the other */
export function createPace({ burst, everyMs }: { burst: number; everyMs: number }): Pace {
  const most = burst * everyMs
  /** When the last is made up for. */
  const paidAt = new Map<string, number>()
  const owed = (who: string, now: number): number => {
    const debt = Math.max((paidAt.get(who) ?? now) - now, 0)
    // More than there can be: the clock was set back.
    return debt > most ? 0 : debt
  }
  return {
    wait: (who, now) => Math.max(owed(who, now) + everyMs - most, 0),
    count(who, now) {
      const debt = Math.min(owed(who, now) + everyMs, most)
      // Behind all others in the map's order, the longest quiet first.
      paidAt.delete(who)
      paidAt.set(who, now + debt)
      const [quietest] = paidAt.keys()
      if (paidAt.size > REMEMBERED && quietest !== undefined) paidAt.delete(quietest)
    },
  }
}
