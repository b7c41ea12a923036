import fc from 'fast-check'
import { expect, it } from 'vitest'
import { grantLease } from '../../src/core/lease.ts'

const limits = { min: 300, default: 1_000, max: 5_000 }

it.each([
  [undefined, 1_000],
  [1, 300],
  [299, 300],
  [300, 300],
  [777, 777],
  [5_000, 5_000],
  [5_001, 5_000],
  [Infinity, 5_000],
])('asked for %s seconds, it grants %i', (asked, granted) => {
  expect(grantLease(asked, limits)).toBe(granted)
})

it('grants no lease without an end', () => {
  fc.assert(
    fc.property(fc.double({ min: 1, noNaN: true }), (asked) => {
      const granted = grantLease(asked, limits)
      expect(granted).toBeGreaterThanOrEqual(limits.min)
      expect(granted).toBeLessThanOrEqual(limits.max)
    }),
  )
})
