/** A clock that goes like the machine's, and can be moved on. */
import type { Clock } from '../../src/core/ports.ts'

export interface MovableClock extends Clock {
  pass(ms: number): void
}

export function movableClock(): MovableClock {
  let ahead = 0
  return { now: () => Date.now() + ahead, pass: (ms) => (ahead += ms) }
}
