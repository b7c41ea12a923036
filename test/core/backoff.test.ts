import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nextWait } from '../../src/core/backoff.ts'

const schedule = [5_000, 30_000, 120_000]

describe('the wait before the next attempt', () => {
  it('is the schedule’s, halved by the jitter at the most', () => {
    expect(schedule.map((_, i) => nextWait(schedule, i + 1, 0))).toEqual([2_500, 15_000, 60_000])
    expect(nextWait(schedule, 1, 0.5)).toBe(3_750)
  })

  it('is none once the schedule is spent', () => {
    expect(nextWait(schedule, 3, 0)).toBe(60_000)
    expect(nextWait(schedule, 4, 0)).toBeUndefined()
    expect(nextWait([], 1, 0)).toBeUndefined()
  })

  it('lies between half and whole, whatever the jitter, in whole milliseconds', () => {
    const fraction = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 86_400_000 }), fraction, (whole, jitter) => {
        const wait = nextWait([whole], 1, jitter)
        expect(Number.isInteger(wait)).toBe(true)
        expect(wait).toBeGreaterThanOrEqual(whole / 2)
        expect(wait).toBeLessThanOrEqual(whole)
      }),
    )
  })
})
