/** Leases that nobody else renews: the hub asks again by itself, in time (WebSub §5.1: no lease is endless). */
import type { Surroundings } from '../core/ports.ts'
import type { Renewals } from '../core/store-ports.ts'

export interface RenewParts extends Pick<Surroundings, 'clock' | 'wake'> {
  renewals: Renewals
}

const CHUNK = 100

/** Renewals wait in the same queue as what subscribers ask for, and leave them room. */
const MAX_WAITING = 500

/** Between two looks, while as many wait as may. */
const RECHECK_MS = 20

/** One bounded sweep. @returns when the next is due, in milliseconds from now: at once where there may be more to do */
export async function renew({ renewals, clock, wake }: RenewParts): Promise<number> {
  const renewing = await renewals.renew(clock.now(), CHUNK, MAX_WAITING)
  if (renewing > 0) wake('verify')
  if (renewing === CHUNK) return 0
  const due = await renewals.nextDue()
  // Where enough wait already, what is due waits for one of them.
  return due === undefined ? Infinity : Math.max(RECHECK_MS, due - clock.now())
}
