/** The hub's signing keys: what the keys room needs of the store, and what it does for others. */

/** Algorithms that the hub signs SETs with. */
export const SIGNING_ALGS = ['ES256', 'RS256', 'PS256', 'EdDSA'] as const
export type SigningAlg = (typeof SIGNING_ALGS)[number]

/**
 * `next` is published and does not sign yet; one key is `active` and signs; a `retired` one signs no more, and stays
 * published while its SETs may still be verified; what is `removed` is published no more.
 */
export type KeyState = 'next' | 'active' | 'retired' | 'removed'

export interface SealedKey {
  /** RFC 7638 thumbprint. */
  kid: string
  /** One key, one algorithm. */
  alg: string
  publicJwk: Record<string, unknown>
  /** The private JWK, sealed; empty once the key signs no more. */
  privateSealed: string
  createdAt: number
}

/** A key with its life so far; all times are milliseconds since 1970. */
export interface StoredKey extends SealedKey {
  state: KeyState
  /** It may not sign before: until then caches may hold a JWK Set without it. */
  usableAt: number
  /** Since when it signs, or when it will; not set while no rotation is asked for. */
  signsFrom?: number
  retiredAt?: number
  removedAt?: number
  /** Whatever it signed is to be signed again. */
  revokedAt?: number
}

export interface SigningKeyStore {
  /** The oldest first. */
  list(): Promise<StoredKey[]>
  /** Writes these keys, new or changed, in one commit; with one newly revoked, `SignedSets` begins anew. */
  save(changed: readonly StoredKey[]): Promise<void>
  /** Whether an event is kept that was accepted then or earlier. */
  hasEventsUntil(time: number): Promise<boolean>
}

/** What a stored SET's key, since it was revoked, must not be seen to have signed. */
export interface Resigner {
  /** Whether the key that it names was revoked; told by its header alone. */
  isRevoked(token: string): boolean
  /** The same claims, byte for byte, signed by the active key; undefined when the hub's key never signed it. */
  signAgain(token: string): Promise<string | undefined>
}

/** Stored SETs, in the order of acceptance, to be looked through for those of a revoked key. */
export interface SignedSets {
  /** Puts one in the place of another, unless somebody did. @returns what stands there then; `becomes` if it is gone */
  replace(jti: string, was: string, becomes: string): Promise<string>
  /** The next to look at, at most so many; undefined when all were looked at since the last key was revoked. */
  unchecked(limit: number): Promise<{ from: number; to: number; tokens: string[] } | undefined>
  /** They were; nothing happens when a key was revoked meanwhile. */
  checked(from: number, to: number): Promise<void>
}

/** The operator's hand on the keys. */
export interface KeyControl {
  keys(): readonly StoredKey[]
  /** The next key signs as soon as it has been published for long enough: at once, as a rule. */
  rotate(): Promise<void>
  /** Nothing is signed or published with it from now on. @returns undefined when there is no such key */
  revoke(kid: string): Promise<StoredKey | undefined>
}
