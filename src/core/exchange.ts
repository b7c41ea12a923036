/** What came of a request to somebody else's server. */

/**
 * Why there was no answer. With `unsealed` nothing was asked: what was to be sent does not open with the hub's key.
 */
export const FAULTS = ['forbidden', 'dns', 'connect', 'tls', 'timeout', 'protocol', 'unsealed'] as const
export type Fault = (typeof FAULTS)[number]

/** What came of a request: a value either way, never an exception. */
export type Exchange =
  /** `retryAfter` is the header as it came (RFC 9110 §10.2.3), if it came once. */
  | { kind: 'answer'; status: number; body: Buffer; ms: number; retryAfter?: string }
  | { kind: 'fault'; fault: Fault; detail: string; ms: number }

/** The answers that WebSub takes for yes, in verification (§5.3) and in delivery (§7). */
export const isSuccess = (status: number): boolean => status >= 200 && status < 300
