/** What the keys room needs of the store. */

/** `next` is published before it signs; `retired` stays published while its SETs may still be verified. */
export type KeyState = 'next' | 'active' | 'retired' | 'removed'

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
