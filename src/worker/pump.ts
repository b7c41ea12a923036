/** Runs a step over and over: at once while there is work, else when woken or when the time has come. */
import { setImmediate } from 'node:timers/promises'
import type { Observer } from '../core/ports.ts'

export interface Pump {
  /** A hint that there may be work; losing one costs no more than the poll interval. */
  wake(): void
  /** Fulfilled once the step under way has ended. */
  stop(): Promise<void>
}

/** Whatever hint is lost, the rows are looked at again after this long. */
export const POLL_MS = 500

/** A claim outlives the exchange that it is for by this much. */
export const CLAIM_MARGIN_MS = 5_000

/** A store that answers at once would keep every socket waiting for as long as there is work. */
const TURN_MS = 10

/**
 * @param step does some work and tells how many milliseconds to wait before the next; 0 means at once.
 *   What it throws is reported, and it is called again: a step changes nothing unless its commit succeeded.
 * @param atMost it waits no longer; Infinity for what goes by the clock alone, and is never woken
 */
export function startPump(
  name: string,
  step: () => Promise<number>,
  observer: Observer,
  atMost = POLL_MS,
): Pump {
  const stopping = new AbortController()
  let rouse: () => void
  let hint: Promise<void>
  /** Before each step: a hint that comes during it must not be slept over. */
  const rearm = (): void => {
    hint = new Promise((resolve) => (rouse = resolve))
  }
  rearm()

  const run = async (): Promise<void> => {
    let turnEnds = performance.now() + TURN_MS
    while (!stopping.signal.aborted) {
      rearm()
      let wait = POLL_MS
      try {
        wait = Math.min(await step(), atMost)
      } catch (error) {
        observer.pumpFailed({ pump: name, error })
      }
      if (wait === 0 && performance.now() < turnEnds) continue
      await (wait > 0 ? hintOrTime(hint, wait) : setImmediate())
      turnEnds = performance.now() + TURN_MS
    }
  }
  const running = run()

  const wake = (): void => rouse()
  return {
    wake,
    stop: () => {
      stopping.abort()
      wake()
      return running
    },
  }
}

async function hintOrTime(hint: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  await Promise.race([hint, new Promise((resolve) => (timer = setTimeout(resolve, ms)))])
  clearTimeout(timer)
}
