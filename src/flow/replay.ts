/** Events once more, for the subscriptions that an operator chose: a few at a time, behind what is new. */
import type { Replays } from '../core/delivery-ports.ts'
import type { Surroundings } from '../core/ports.ts'

export interface ReplayParts extends Pick<Surroundings, 'clock' | 'observer' | 'wake'> {
  replays: Pick<Replays, 'next'>
}

/** One step of each that is due. @returns milliseconds until the next is */
export async function replay({ replays, clock, observer, wake }: ReplayParts): Promise<number> {
  const { chunks, nextDue = Infinity } = await replays.next(clock.now())
  for (const { subscription, made } of chunks) {
    if (made !== undefined) observer.replayed({ subscription, deliveries: made })
  }
  if (chunks.length > 0) wake('deliver')
  return Math.max(0, nextDue - clock.now())
}
