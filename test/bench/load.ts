/** The load: as much as is taken (a closed loop), or as much as comes (arrivals at a steady rate). */
import { monotonic, pause } from './clock.ts'

/** So many at a time, each begun when one before it has ended, until `done`. */
export async function closedLoop(
  atOnce: number,
  done: () => boolean,
  act: () => Promise<unknown>,
): Promise<void> {
  const work = async (): Promise<void> => {
    while (!done()) await act()
  }
  await Promise.all(Array.from({ length: atOnce }, work))
}

/** @returns how many were done in a second */
export async function perSecond(atOnce: number, ms: number, act: () => Promise<unknown>): Promise<number> {
  const began = monotonic()
  let ended = 0
  await closedLoop(
    atOnce,
    () => monotonic() - began >= ms,
    async () => {
      await act()
      ended += 1
    },
  )
  return (ended * 1000) / (monotonic() - began)
}

/** Begins them at a steady rate, whether or not those before have ended. Fulfilled once all have. */
export async function steadily(rate: number, ms: number, act: () => Promise<unknown>): Promise<void> {
  const began = monotonic()
  const all = Math.round((rate * ms) / 1000)
  const underWay: Promise<unknown>[] = []
  while (underWay.length < all) {
    const due = Math.min(all, Math.floor(((monotonic() - began) * rate) / 1000) + 1)
    while (underWay.length < due) underWay.push(act())
    await pause(1)
  }
  await Promise.all(underWay)
}
