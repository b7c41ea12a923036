/** Waiting, by a clock that stands still while the suite itself is kept from running. */

/** Milliseconds. */
const LOOK_EVERY = 20

export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)))

/** Whether the condition holds before so many milliseconds are up. */
export async function until(condition: () => boolean, ms: number): Promise<boolean> {
  for (let waited = 0; !condition();) {
    if (waited > ms) return false
    const before = performance.now()
    await pause(LOOK_EVERY)
    // On a machine so busy that nobody looked, the hub may not have run either.
    waited += Math.min(performance.now() - before, 2 * LOOK_EVERY)
  }
  return true
}
