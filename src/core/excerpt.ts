/** What a receiver said with its refusal, made safe to keep and to show: the beginning, as text, on one line. */

/** Bytes of an answer that are read. */
export const EXCERPT_BYTES = 1_024

/** Control characters and what changes the direction of text would rewrite the terminal that shows them. */
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\ufeff]+/gu

/** Shorter words are no secrets, and would make gaps in what is said. */
const SECRET_LENGTH = 8

/**
 * Undefined when nothing was said.
 *
 * @param secrets whose words are left out, where they are said as they are
 */
export function excerptOf(body: Buffer, secrets: readonly string[] = []): string | undefined {
  const words = secrets.flatMap((secret) => secret.split(/[\s,;=:"]+/))
  const hidden = words.filter((word) => word.length >= SECRET_LENGTH)
  const text = body.subarray(0, EXCERPT_BYTES).toString('utf8')
  const said = hidden.reduce((left, word) => left.replaceAll(word, '…'), text)
  const safe = said.replace(UNSAFE, ' ').trim()
  return safe === '' ? undefined : safe
}
