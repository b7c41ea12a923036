/** Notices that the clock was set back, by the clock that is never set. */
import type { Clock } from '../core/ports.ts'

/** What a clock is corrected by day by day is less, and does no harm. */
const LEAST_MS = 2_000

/** @returns by how many milliseconds it was since the last call; 0 when it was not */
export function watchClock(clock: Clock): () => number {
  const ahead = (): number => clock.now() - performance.now()
  let before = ahead()
  return () => {
    const back = before - ahead()
    before -= back
    return back < LEAST_MS ? 0 : Math.round(back)
  }
}
