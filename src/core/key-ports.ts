/** The hub's signing keys: what the keys room needs of the store. */

/** Algorithms that the hub signs SETs with. */
export const SIGNING_ALGS = ['ES256', 'RS256', 'PS256', 'EdDSA'] as const
export type SigningAlg = (typeof SIGNING_ALGS)[number]

/** A `retired` key signs no more, and stays published while its SETs may still be verified. */
export type KeyState = 'active' | 'retired'

export interface SealedKey {
  /** RFC 7638 thumbprint. */
  kid: string
  /** One key, one algorithm. */
  alg: string
  publicJwk: Record<string, unknown>
  /** The private JWK, sealed. */
  privateSealed: string
  createdAt: number
}

export interface StoredKey extends SealedKey {
  state: KeyState
}

export interface SigningKeyStore {
  list(): Promise<StoredKey[]>
  /** The key signs from now on; the one that did is retired. */
  activate(key: SealedKey): Promise<void>
}
