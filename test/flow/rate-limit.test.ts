import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Refusal } from '../../src/core/errors.ts'
import { createRateLimit } from '../../src/flow/rate-limit.ts'

function limited(perSecond: number) {
  const clock = { at: 1_800_000_000_000, now: () => clock.at }
  const limit = createRateLimit(perSecond, clock)
  const passes = (who: string): boolean => {
    try {
      limit.take(who)
      return true
    } catch (error) {
      if (error instanceof Refusal && error.code === 'overloaded') return false
      throw error
    }
  }
  return { clock, passes, burst: (who: string, n: number) => Array.from({ length: n }, () => passes(who)) }
}

it('lets a second’s worth through at once, and no more', () => {
  const { burst } = limited(5)
  expect(burst('a', 7)).toEqual([true, true, true, true, true, false, false])
})

it('counts each apart', () => {
  const { burst, passes } = limited(2)
  burst('a', 9)
  expect(passes('b')).toBe(true)
})

it('lets through again as time goes by, at the rate', () => {
  const { clock, burst, passes } = limited(5)
  burst('a', 5)
  clock.at += 199
  expect(passes('a')).toBe(false)
  clock.at += 1
  expect(passes('a')).toBe(true)
  expect(passes('a')).toBe(false)
  clock.at += 1_000
  expect(burst('a', 6)).toEqual([true, true, true, true, true, false])
})

it('takes a clock that was set back for no debt', () => {
  const { clock, burst, passes } = limited(5)
  burst('a', 5)
  clock.at -= 3_600_000
  expect(passes('a')).toBe(true)
})

it('never lets through more than the rate and a burst, whatever the times', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.array(fc.nat({ max: 400 }), { maxLength: 200 }),
      (rate, gaps) => {
        const { clock, passes } = limited(rate)
        const start = clock.at
        let passed = 0
        for (const gap of gaps) {
          clock.at += gap
          passed += Number(passes('a'))
        }
        expect(passed).toBeLessThanOrEqual(Math.ceil((rate * (clock.at - start)) / 1_000) + rate)
      },
    ),
  )
})

it('remembers a bounded number of those who come', () => {
  const { clock, burst, passes } = limited(1)
  for (let n = 0; n < 30_000; n += 1) {
    clock.at += 1
    passes(`stranger ${n}`)
  }
  expect(burst('a', 2)).toEqual([true, false])
})
