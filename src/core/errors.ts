/**
 * Why the hub says no. A closed set: every door translates a code to its own answer (`http/refusals.ts`), and
 * the sentence is written for the person who sent the request.
 */
export type RefusalCode =
  | 'malformed'
  | 'unauthenticated'
  | 'forbidden'
  | 'unknown'
  | 'conflict'
  | 'too-large'
  | 'unsupported-type'
  | 'too-many'
  | 'unavailable'
  | 'overloaded'

export class Refusal extends Error {
  readonly code: RefusalCode
  /** For the operator. */
  readonly noted: string

  /**
   * @param message one sentence: what was wrong and what to do; safe to show to the sender
   * @param noted what the operator is told in its place, where it holds what is for the sender alone
   */
  constructor(
    code: RefusalCode,
    message: string,
    { noted = message, ...options }: ErrorOptions & { noted?: string } = {},
  ) {
    super(message, options)
    this.name = 'Refusal'
    this.code = code
    this.noted = noted
  }
}
