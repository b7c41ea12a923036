/**
 * What a revoked key signed is signed again, with the same claims: at once where it is about to be shown or sent, and
 * everything else by and by.
 */
import type { Resigner, SignedSets } from '../core/key-ports.ts'
import { claimsText } from '../core/set.ts'

export interface SignAgainParts {
  keys: Resigner
  sets: SignedSets
}

/** Looked at in one step. */
const CHUNK = 300

/** @returns the SET as it may be sent: itself, unless its key was revoked; whatever is returned is on disk */
export async function upToDate({ keys, sets }: SignAgainParts, token: string): Promise<string> {
  const signed = keys.isRevoked(token) ? await keys.signAgain(token) : undefined
  if (signed === undefined) return token
  const { jti } = JSON.parse(claimsText(token)) as { jti: string }
  return sets.replace(jti, token, signed)
}

/** One bounded step through all that is stored. @returns whether there may be more */
export async function signAgain(parts: SignAgainParts): Promise<boolean> {
  const looked = await parts.sets.unchecked(CHUNK)
  if (looked === undefined) return false
  await Promise.all(looked.tokens.map((token) => upToDate(parts, token)))
  await parts.sets.checked(looked.from, looked.to)
  return true
}
