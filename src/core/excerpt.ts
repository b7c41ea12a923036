/** What a receiver said with its refusal, made safe to keep and to show: the beginning, as text, on one line. */

/** Bytes of an answer that are read. */
export const EXCERPT_BYTES = 1_024

/** Control characters and what changes the direction of text would rewrite the terminal that shows them. */
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\ufeff]+/gu

/** Undefined when nothing was said. */
export function excerptOf(body: Buffer): string | undefined {
  const text = body.subarray(0, EXCERPT_BYTES).toString('utf8').replace(UNSAFE, ' ').trim()
  return text === '' ? undefined : text
}
