import { describe, expect, it } from 'vitest'
import { createGuesses } from '../../src/core/guesses.ts'

const NOW = 1_700_000_000_000

describe('wrong tokens of an address', () => {
  it('are free ten times, then one in ten seconds', () => {
    const guesses = createGuesses()
    for (let n = 0; n < 10; n += 1) {
      expect(guesses.wait('192.0.2.1', NOW)).toBe(0)
      guesses.wrong('192.0.2.1', NOW)
    }
    expect(guesses.wait('192.0.2.1', NOW)).toBe(10_000)
    expect(guesses.wait('192.0.2.1', NOW + 9_999)).toBe(1)
    expect(guesses.wait('192.0.2.1', NOW + 10_000)).toBe(0)
    guesses.wrong('192.0.2.1', NOW + 10_000)
    expect(guesses.wait('192.0.2.1', NOW + 10_000)).toBe(10_000)
    // All ten again, when it has been quiet for as long.
    expect(guesses.wait('192.0.2.1', NOW + 110_000)).toBe(0)
  })

  it('slow nobody else down', () => {
    const guesses = createGuesses()
    for (let n = 0; n < 10; n += 1) guesses.wrong('192.0.2.1', NOW)
    expect(guesses.wait('192.0.2.2', NOW)).toBe(0)
  })

  it.each([
    ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9', true],
    ['2001:db8:1:2::1', '2001:db8:1:3::1', false],
    ['::ffff:192.0.2.1', '192.0.2.1', true],
    ['', '', true],
  ])('are those of its network: %s and %s', (one, other, same) => {
    const guesses = createGuesses()
    for (let n = 0; n < 10; n += 1) guesses.wrong(one, NOW)
    expect(guesses.wait(other, NOW) > 0).toBe(same)
  })

  it('lock nobody out for long when the clock is set back', () => {
    const guesses = createGuesses()
    for (let n = 0; n < 10; n += 1) guesses.wrong('192.0.2.1', NOW)
    expect(guesses.wait('192.0.2.1', NOW - 86_400_000)).toBeLessThanOrEqual(10_000)
  })

  it('are remembered of so many addresses and no more, the quietest forgotten first', () => {
    const guesses = createGuesses()
    const address = (n: number) => `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`
    for (let n = 0; n < 10; n += 1) for (const each of [1, 2]) guesses.wrong(address(each), NOW)
    for (let n = 3; n <= 10_000; n += 1) guesses.wrong(address(n), NOW)
    guesses.wrong(address(1), NOW)
    guesses.wrong(address(10_001), NOW)
    expect(guesses.wait(address(1), NOW)).toBeGreaterThan(0)
    expect(guesses.wait(address(2), NOW)).toBe(0)
  })
})
