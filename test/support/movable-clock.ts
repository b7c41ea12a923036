/** A clock that goes like the machine's, so many milliseconds ahead of it. */
import type { Clock } from '../../src/core/ports.ts'

export interface MovableClock extends Clock {
  /** Milliseconds. */
  ahead: number
}

export function movableClock(): MovableClock {
  const clock = { ahead: 0, now: () => Date.now() + clock.ahead }
  return clock
}
