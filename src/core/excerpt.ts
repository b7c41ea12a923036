/** What a receiver said with its refusal, made safe to keep and to show: the beginning, as text, on one line. */

/** Bytes of an answer that are read. */
export const EXCERPT_BYTES = 1_024

/** Control characters and what changes the direction of text would rewrite the terminal that shows them. */
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufeff]+/g

/** Undefined when nothing was said. */
export function excerptOf(body: Buffer): string | undefined {
  const text = body.subarray(0, EXCERPT_BYTES).toString('utf8').replace(UNSAFE, ' ').trim()
  return text === '' ? undefined : text
}
