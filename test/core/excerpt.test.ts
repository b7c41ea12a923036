import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EXCERPT_BYTES, excerptOf } from '../../src/core/excerpt.ts'

const of = (text: string) => excerptOf(Buffer.from(text))

describe('the excerpt of an answer', () => {
  it('is its text', () => {
    expect(of('{"err":"invalid_issuer"}')).toBe('{"err":"invalid_issuer"}')
    expect(of('Zugriff verweigert – größer als 5 €')).toBe('Zugriff verweigert – größer als 5 €')
  })

  it.each([[''], [' '], ['\r\n\t'], ['\u0000\u0001'], ['\u202e\ufeff']])('is nothing of %j', (text) => {
    expect(of(text)).toBeUndefined()
  })

  it('stands on one line, without what commands a terminal', () => {
    expect(of('\u001b[31mred\u001b[0m\r\nnext\u0007\u0000 line\u009b2J\u007f')).toBe(
      '[31mred [0m next  line 2J',
    )
    expect(of('one\u2028two\u2029three\u0085four\u000bfive')).toBe('one two three four five')
  })

  it('shows text in the order in which it stands', () => {
    const turning = [
      0x200e, 0x200f, 0x061c, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069,
    ]
    for (const code of turning) {
      const excerpt = of(`user${String.fromCodePoint(code)}nimda`)
      expect(excerpt, code.toString(16)).toBe('user nimda')
    }
  })

  it('keeps no word of a secret that is long enough to be one', () => {
    const secrets = ['Bearer s3cr3t-of-the-webhook', 'key=another-secret; v=1']
    const echo = Buffer.from(
      'no: Bearer s3cr3t-of-the-webhook, again s3cr3t-of-the-webhook, another-secret v=1',
    )
    expect(excerptOf(echo, secrets)).toBe('no: Bearer …, again …, … v=1')
  })

  it('is of the beginning alone', () => {
    expect(EXCERPT_BYTES).toBe(1_024)
    expect(of(`${'x'.repeat(1_024)}more`)).toBe('x'.repeat(1_024))
    expect(of('y'.repeat(1_023))).toHaveLength(1_023)
  })

  it('bears bytes that are no text, and a character that is cut', () => {
    expect(excerptOf(Buffer.from([0x61, 0xff, 0xfe, 0xc3, 0x28, 0x62]))).toBe('a\ufffd\ufffd\ufffd(b')
    expect(of(`${'x'.repeat(1_023)}€`)).toBe(`${'x'.repeat(1_023)}\ufffd`)
    expect(excerptOf(Buffer.from([0xed, 0xa0, 0x80]))).toMatch(/^\ufffd+$/)
  })

  it('is a line of text that any store can keep, whatever came', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), (bytes) => {
        const excerpt = excerptOf(Buffer.from(bytes)) ?? 'nothing'
        expect(excerpt).not.toMatch(/\p{Cc}|\p{Zl}|\p{Zp}|\p{Bidi_Control}/u)
        expect(excerpt.isWellFormed()).toBe(true)
        expect(excerpt.trim()).toBe(excerpt)
        expect(excerpt.length).toBeLessThanOrEqual(EXCERPT_BYTES)
      }),
    )
  })
})
