/**
 * Wrong tokens, counted for each address that they come from: so many are free, then one in a while. Memory is bounded:
 * of too many addresses those are forgotten that have been quiet for the longest.
 */
import { parseIp, unmapped } from './special-addresses.ts'

export interface Guesses {
  /** Milliseconds until the address may try again; 0 when it may now. */
  wait(address: string, now: number): number
  /** It was wrong. */
  wrong(address: string, now: number): void
}

const FREE = 10
const EVERY_MS = 10_000
const ADDRESSES = 10_000

export function createGuesses(): Guesses {
  /** When the last of an address's guesses is made up for: each takes so long. */
  const paidAt = new Map<string, number>()
  /** Beyond what is possible, the clock was set back. */
  const debt = (who: string, now: number): number =>
    Math.min(Math.max((paidAt.get(who) ?? 0) - now, 0), FREE * EVERY_MS)
  return {
    wait: (address, now) => Math.max(debt(networkOf(address), now) - (FREE - 1) * EVERY_MS, 0),
    wrong(address, now) {
      const who = networkOf(address)
      const owed = debt(who, now) + EVERY_MS
      // Behind all others in the map's order, the longest quiet first.
      paidAt.delete(who)
      paidAt.set(who, now + owed)
      const [quietest] = paidAt.keys()
      if (paidAt.size > ADDRESSES && quietest !== undefined) paidAt.delete(quietest)
    },
  }
}

/** Whoever has one IPv6 address has its whole /64. */
function networkOf(address: string): string {
  const ip = parseIp(address)
  if (ip === undefined) return address
  const plain = unmapped(ip)
  const bytes = plain.toByteArray()
  return (bytes.length === 16 ? bytes.slice(0, 8) : bytes).join('.')
}
