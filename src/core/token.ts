/** Tokens of 256 random bits: a plain hash is enough, there is nothing to guess. */
import { createHash, timingSafeEqual } from 'node:crypto'

export const hashToken = (token: string): string => createHash('sha256').update(token).digest('hex')

/** In constant time. */
export function tokenMatches(token: string, hash: string): boolean {
  return timingSafeEqual(Buffer.from(hashToken(token)), Buffer.from(hash))
}
