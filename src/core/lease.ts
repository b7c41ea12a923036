/** How long a subscription lives (WebSub §5.1). No lease is endless. All in seconds. */
export interface LeaseLimits {
  min: number
  default: number
  max: number
}

/** How long before its end the hub begins to renew a lease that nobody else renews. */
const RENEWED_AT = 2 / 3
/** Between two tries: what fails now may work before the lease is over. */
const TRIED_EVERY = 1 / 12

/** When the hub asks again by itself, in milliseconds; counted like the lease from the question. */
export const renewalAt = (leaseSeconds: number, askedAt: number): number =>
  askedAt + Math.ceil(leaseSeconds * 1000 * RENEWED_AT)

/** When it asks once more, unless what it asks now renews the lease. */
export const nextRenewalAt = (leaseSeconds: number, now: number): number =>
  now + Math.ceil(leaseSeconds * 1000 * TRIED_EVERY)

/** What is granted for what was asked; the challenge tells it to the subscriber. */
export function grantLease(asked: number | undefined, limits: LeaseLimits): number {
  if (asked === undefined) return limits.default
  return Math.min(Math.max(asked, limits.min), limits.max)
}
