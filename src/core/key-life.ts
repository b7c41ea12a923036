/** A signing key's life: next → active → retired → removed. Pure: what becomes of the keys that there are. */
import type { SealedKey, StoredKey } from './key-ports.ts'

/** Seconds for which anyone may keep the JWK Set: a revoked key is believed no longer than that. */
export const JWKS_MAX_AGE = 30

/** Milliseconds for which a key is published before it signs: every cache has it by then. */
export const PUBLISHED_FIRST = (JWKS_MAX_AGE + 5) * 1_000

/** A day: clocks differ, and so does what a receiver calls late. */
const MARGIN = 86_400_000

/** For how long a retired key stays published: until nothing that it signed is sent, or asked for, any more. */
export const keptAfterRetiring = (retentionMs: number, retrySchedule: readonly number[]): number =>
  retentionMs + retrySchedule.reduce((sum, wait) => sum + wait, 0) + MARGIN

export const keyIn = (keys: readonly StoredKey[], state: StoredKey['state']): StoredKey | undefined =>
  keys.find((key) => key.state === state)

/** A store's first keys: nobody has ever seen a JWK Set without them. */
export const firstKeys = (active: SealedKey, next: SealedKey, now: number): StoredKey[] => [
  { ...active, state: 'active', usableAt: now, signsFrom: now },
  { ...next, state: 'next', usableAt: now },
]

export const nextKey = (made: SealedKey, now: number): StoredKey => ({
  ...made,
  state: 'next',
  usableAt: now + PUBLISHED_FIRST,
})

/** It signs as soon as it may. Asking twice is asking once. */
export const scheduled = (next: StoredKey, now: number): StoredKey => ({
  ...next,
  signsFrom: next.signsFrom ?? Math.max(now, next.usableAt),
})

export const isDue = (next: StoredKey | undefined, now: number): next is StoredKey =>
  next?.signsFrom !== undefined && next.signsFrom <= now

export const activated = (next: StoredKey, now: number): StoredKey => ({
  ...next,
  state: 'active',
  signsFrom: now,
})

/** Whoever signs no more needs no private key. */
export const retired = (active: StoredKey, now: number): StoredKey => ({
  ...active,
  state: 'retired',
  privateSealed: '',
  retiredAt: now,
})

export const removed = (key: StoredKey, now: number): StoredKey => ({
  ...key,
  state: 'removed',
  privateSealed: '',
  removedAt: key.removedAt ?? now,
})

export const revoked = (key: StoredKey, now: number): StoredKey => ({
  ...removed(key, now),
  revokedAt: key.revokedAt ?? now,
})

/** Retired keys that have been published for long enough since. */
export const outlived = (keys: readonly StoredKey[], now: number, keepMs: number): StoredKey[] =>
  keys.filter(({ state, retiredAt = 0 }) => state === 'retired' && retiredAt + keepMs <= now)
