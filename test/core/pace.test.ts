import { describe, expect, it } from 'vitest'
import { createPace } from '../../src/core/pace.ts'

const NOW = 1_700_000_000_000
const PACE = { burst: 10, everyMs: 10_000 }

describe('a pace', () => {
  it('is ten at once, then one in ten seconds', () => {
    const pace = createPace(PACE)
    for (let n = 0; n < 10; n += 1) {
      expect(pace.wait('one', NOW)).toBe(0)
      pace.count('one', NOW)
    }
    expect(pace.wait('one', NOW)).toBe(10_000)
    expect(pace.wait('one', NOW + 9_999)).toBe(1)
    expect(pace.wait('one', NOW + 10_000)).toBe(0)
    pace.count('one', NOW + 10_000)
    expect(pace.wait('one', NOW + 10_000)).toBe(10_000)
    // All ten again, when it has been quiet for as long.
    expect(pace.wait('one', NOW + 110_000)).toBe(0)
  })

  it('is each one’s own', () => {
    const pace = createPace(PACE)
    for (let n = 0; n < 10; n += 1) pace.count('one', NOW)
    expect(pace.wait('other', NOW)).toBe(0)
  })

  it('is not outrun by what was counted at once', () => {
    const pace = createPace(PACE)
    for (let n = 0; n < 100; n += 1) pace.count('one', NOW)
    expect(pace.wait('one', NOW)).toBe(10_000)
  })

  it('is not outrun by those who looked at the clock a moment ago', () => {
    const pace = createPace(PACE)
    for (let n = 0; n < 10; n += 1) pace.count('one', NOW - n)
    expect(pace.wait('one', NOW - 10)).toBe(10_000)
  })

  it('takes a clock that was set back for no debt', () => {
    const pace = createPace(PACE)
    for (let n = 0; n < 10; n += 1) pace.count('one', NOW)
    expect(pace.wait('one', NOW - 86_400_000)).toBe(0)
  })

  it.each([7, 3_000, 10_000])('is not outrun by what is rounded: %i a second', (burst) => {
    const pace = createPace({ burst, everyMs: 1_000 / burst })
    let taken = 0
    for (let n = 0; n < 2 * burst; n += 1) {
      if (pace.wait('one', NOW) > 0) continue
      pace.count('one', NOW)
      taken += 1
    }
    expect([burst, burst - 1]).toContain(taken)
  })

  it('is remembered of so many and no more, the quietest forgotten first', () => {
    const pace = createPace(PACE)
    for (let n = 0; n < 10; n += 1) for (const each of ['1', '2']) pace.count(each, NOW)
    for (let n = 3; n <= 10_000; n += 1) pace.count(String(n), NOW)
    pace.count('1', NOW)
    pace.count('10001', NOW)
    expect(pace.wait('1', NOW)).toBeGreaterThan(0)
    expect(pace.wait('2', NOW)).toBe(0)
  })
})
