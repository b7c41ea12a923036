/** Leases that nobody else renews: the hub asks again by itself, in time (WebSub §5.1: no lease is endless). */
import type { Clock, Wake } from '../core/ports.ts'
import type { Expiry } from '../core/store-ports.ts'

export interface RenewParts {
  expiry: Pick<Expiry, 'renew'>
  clock: Clock
  wake: Wake
}

const CHUNK = 100

/** Renewals wait in the same queue as what subscribers ask for, and leave them room. */
const MAX_WAITING = 500

/** One bounded sweep. @returns whether there may be more to do at once */
export async function renew({ expiry, clock, wake }: RenewParts): Promise<boolean> {
  const renewing = await expiry.renew(clock.now(), CHUNK, MAX_WAITING)
  if (renewing > 0) wake('verify')
  return renewing === CHUNK
}
