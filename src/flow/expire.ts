/**
 * What time alone ends: leases, access, deliveries that nobody is entitled to any more or that waited for too long, claims
 * that nobody settled, content that nobody waits for, pages that nobody is subscribed to.
 */
import type { Surroundings } from '../core/ports.ts'
import type { Contents, WebTopics } from '../core/content-ports.ts'
import type { Expiry } from '../core/store-ports.ts'

export interface ExpireParts extends Pick<Surroundings, 'clock' | 'observer'> {
  expiry: Expiry
  contents: Pick<Contents, 'erase'>
  webTopics: Pick<WebTopics, 'forget'>
  /** Waits between attempts, in milliseconds. */
  retrySchedule: readonly number[]
}

const CHUNK = 500

/** One bounded sweep. @returns whether there may be more to do at once */
export async function expire({
  expiry,
  contents,
  webTopics,
  clock,
  observer,
  retrySchedule,
}: ExpireParts): Promise<boolean> {
  const now = clock.now()
  const ended = await expiry.endLapsed(now, CHUNK)
  if (ended > 0) observer.subscriptionsExpired({ count: ended })
  const accessEnded = await expiry.endAccess(now, CHUNK)
  const dropped = await expiry.dropUndeliverable(now, CHUNK)
  if (dropped > 0) observer.dropped({ deliveries: dropped })
  const wholeSchedule = retrySchedule.reduce((sum, wait) => sum + wait, 0)
  const givenUp = await expiry.giveUp(now, wholeSchedule, CHUNK)
  if (givenUp > 0) observer.gaveUp({ deliveries: givenUp })
  await expiry.freeClaims(now)
  await contents.erase(CHUNK)
  await webTopics.forget(CHUNK, now)
  return accessEnded || [ended, dropped, givenUp].includes(CHUNK)
}
