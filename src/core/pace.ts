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
  /** How much was to be made up for, and when that was. */
  const debts = new Map<string, { ms: number; at: number }>()
  const owed = (who: string, now: number): number => {
    const debt = debts.get(who)
    // Counted a little later than now, by somebody who looked at the clock before others counted: nothing is made up for.
    // Counted much later: the clock was set back, and nobody is to wait for longer because of it.
    if (debt === undefined || debt.at - now > most) return 0
    return Math.max(debt.ms - Math.max(now - debt.at, 0), 0)
  }
  return {
    wait: (who, now) => Math.max(owed(who, now) + everyMs - most, 0),
    count(who, now) {
      const ms = Math.min(owed(who, now) + everyMs, most)
      // Behind all others in the map's order, the longest quiet first.
      debts.delete(who)
      debts.set(who, { ms, at: now })
      const [quietest] = debts.keys()
      if (debts.size > REMEMBERED && quietest !== undefined) debts.delete(quietest)
    },
  }
}
