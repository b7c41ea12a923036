/** What time alone ends: leases, deliveries that nobody is entitled to any more, claims that nobody settled. */
import type { Clock, Observer } from '../core/ports.ts'
import type { Expiry } from '../core/store-ports.ts'

export interface ExpireParts {
  expiry: Expiry
  clock: Clock
  observer: Observer
}

const CHUNK = 500

/** One bounded sweep. @returns whether there may be more to do at once */
export async function expire({ expiry, clock, observer }: ExpireParts): Promise<boolean> {
  const now = clock.now()
  const ended = await expiry.endLapsed(now, CHUNK)
  if (ended > 0) observer.subscriptionsExpired({ count: ended })
  const dropped = await expiry.dropUndeliverable(now, CHUNK)
  await expiry.freeClaims(now)
  return ended === CHUNK || dropped === CHUNK
}
