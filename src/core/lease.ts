/** How long a subscription lives (WebSub §5.1). No lease is endless. All in seconds. */
export interface LeaseLimits {
  min: number
  default: number
  max: number
}

/** What is granted for what was asked; the challenge tells it to the subscriber. */
export function grantLease(asked: number | undefined, limits: LeaseLimits): number {
  if (asked === undefined) return limits.default
  return Math.min(Math.max(asked, limits.min), limits.max)
}
