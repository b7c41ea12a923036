/** What came of a request to somebody else's server. */

/** Why there was no answer. */
export type Fault = 'forbidden' | 'dns' | 'connect' | 'tls' | 'timeout' | 'protocol'

/** What came of a request: a value either way, never an exception. */
export type Exchange =
  | { kind: 'answer'; status: number; body: Buffer; ms: number }
  | { kind: 'fault'; fault: Fault; detail: string; ms: number }

/** The answers that WebSub takes for yes, in verification (§5.3) and in delivery (§7). */
export const isSuccess = (status: number): boolean => status >= 200 && status < 300
