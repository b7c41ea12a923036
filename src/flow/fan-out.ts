/**
 * Publications become deliveries, in chunks, so that a topic with many subscriptions holds nobody up. Who gets one
 * is a question to the store's sequence (`store/fan-out.ts`).
 */
import type { Surroundings } from '../core/ports.ts'
import type { FanOut } from '../core/delivery-ports.ts'

export interface FanOutParts extends Pick<Surroundings, 'clock' | 'observer' | 'wake'> {
  publications: FanOut
}

/** Deliveries of one commit, which everyone else's waits for. */
const CHUNK = 200

/** One chunk. @returns whether there may be more */
export async function fanOut({ publications, clock, observer, wake }: FanOutParts): Promise<boolean> {
  const chunks = await publications.next(CHUNK, clock.now())
  for (const chunk of chunks.filter(({ deliveries }) => deliveries > 0)) {
    observer.fannedOut(chunk)
    wake('deliver')
  }
  return chunks.length > 0
}
