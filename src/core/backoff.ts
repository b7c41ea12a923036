/** When to try again. */

/**
 * The wait before the next attempt, in milliseconds, or undefined when the schedule is spent. Jittered between
 * half and whole, so that what failed together does not come back together.
 *
 * @param attempts how many have been made
 * @param fraction a random number from 0 up to 1
 */
export function nextWait(
  schedule: readonly number[],
  attempts: number,
  fraction: number,
): number | undefined {
  const wait = schedule[attempts - 1]
  return wait === undefined ? undefined : Math.round(wait * (0.5 + fraction / 2))
}
