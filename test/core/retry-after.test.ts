import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { retryAfterMs } from '../../src/core/retry-after.ts'

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5)
const DAY = 86_400_000
const read = (value: string | undefined) => retryAfterMs(value, NOW)

describe('Retry-After (RFC 9110 §10.2.3)', () => {
  it.each([
    ['1', 1_000],
    ['120', 120_000],
    ['0120', 120_000],
    ['86400', DAY],
  ])('may be seconds: %s', (value, ms) => {
    expect(read(value)).toBe(ms)
  })

  it('may be a date', () => {
    expect(read('Fri, 02 Jan 2026 03:06:05 GMT')).toBe(120_000)
    expect(read('Sat, 03 Jan 2026 03:04:05 GMT')).toBe(DAY)
  })

  it.each([['Friday, 02-Jan-26 03:06:05 GMT'], ['Fri Jan  2 03:06:05 2026'], ['Fri Jan 02 03:06:05 2026']])(
    'may be a date of the forms that nobody should make any more: %s',
    (value) => {
      expect(read(value)).toBe(120_000)
    },
  )

  it.each([
    ['0', 1_000],
    ['86401', DAY],
    ['999999999999999', DAY],
    ['Fri, 02 Jan 2026 03:04:05 GMT', 1_000],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 1_000],
    ['Sat, 03 Jan 2026 03:04:06 GMT', DAY],
    ['Fri, 31 Dec 9999 23:59:59 GMT', DAY],
  ])('is kept between a second and a day: %s', (value, ms) => {
    expect(read(value)).toBe(ms)
  })

  it.each([
    ['-1'],
    ['+1'],
    ['1e309'],
    ['1e3'],
    ['1.5'],
    ['0x10'],
    ['NaN'],
    ['Infinity'],
    [''],
    [' '],
    [' 5'],
    ['5 '],
    ['5\n'],
    ['１２'],
    ['5, 10'],
    ['5s'],
    ['soon'],
    ['9'.repeat(16)],
    ['9'.repeat(100_000)],
    ['Fri, 02 Jan 2026 03:06:05'],
    ['Fri, 02 Jan 2026 03:06:05 +0000'],
    ['Fri, 02 Jan 2026 03:06:05 GMT, Fri, 02 Jan 2026 03:06:05 GMT'],
    ['2026-01-02T03:06:05Z'],
    ['Fri, 02 Foo 2026 03:06:05 GMT'],
    ['Fri, 99 Jan 2026 03:06:05 GMT'],
    ['Fri, 02 Jan 2026 99:06:05 GMT'],
    ['Fri, 31 Dec 10000 23:59:59 GMT'],
  ])('says nothing when it is %j', (value) => {
    expect(read(value)).toBeUndefined()
  })

  it('says nothing when it is not there', () => {
    expect(read(undefined)).toBeUndefined()
  })

  it('is a wait within bounds or nothing, whatever it says', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[\d, :GMTa-z]*$/)), (value) => {
        const wait = read(value)
        if (wait === undefined) return
        expect(wait).toBeGreaterThanOrEqual(1_000)
        expect(wait).toBeLessThanOrEqual(DAY)
      }),
    )
  })
})
