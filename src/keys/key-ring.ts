/** The hub's signing keys: the active one signs, those that are published verify. */
import {
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  SignJWT,
  type CryptoKey,
  type JWK,
  type JWTPayload,
} from 'jose'
import type { SigningKeyStore, StoredKey } from '../core/key-ports.ts'
import type { Clock, Signer, Vault } from '../core/ports.ts'
import type { SigningAlg } from '../core/signing.ts'

export interface KeyRing extends Signer {
  /** The JWK Set (RFC 7517 §5) of every key that a SET in circulation may name. */
  publicKeys: () => { keys: JWK[] }
}

/**
 * Opens the active key, or makes one at the first start or when `alg` is another than before.
 *
 * @throws Error with a sentence for the operator when the stored key cannot be opened
 */
export async function openKeyRing(
  store: SigningKeyStore,
  vault: Vault,
  clock: Clock,
  alg: SigningAlg,
): Promise<KeyRing> {
  const stored = await store.list()
  if (!stored.some((key) => key.state === 'active' && key.alg === alg)) {
    await store.activate(await makeKey(vault, clock, alg))
  }
  const keys = await store.list()
  const active = keys.find((key) => key.state === 'active')
  if (active === undefined)
    throw new Error('The store holds no active signing key, though one was just made.')
  const privateKey = await openKey(active, vault)
  const published = { keys: keys.filter((key) => key.state !== 'removed').map(publicJwk) }
  return {
    publicKeys: () => published,
    sign: (claims) =>
      new SignJWT(claims as JWTPayload)
        .setProtectedHeader({ typ: 'secevent+jwt', alg: active.alg, kid: active.kid })
        .sign(privateKey),
  }
}

async function makeKey(vault: Vault, clock: Clock, alg: SigningAlg): Promise<Omit<StoredKey, 'state'>> {
  const pair = await generateKeyPair(alg, { extractable: true })
  const publicKey = await exportJWK(pair.publicKey)
  const kid = await calculateJwkThumbprint(publicKey)
  const privateSealed = vault.seal(JSON.stringify(await exportJWK(pair.privateKey)), context(kid))
  return { kid, alg, publicJwk: { ...publicKey }, privateSealed, createdAt: clock.now() }
}

async function openKey(key: StoredKey, vault: Vault): Promise<CryptoKey> {
  let jwk: JWK
  try {
    jwk = JSON.parse(vault.open(key.privateSealed, context(key.kid))) as JWK
  } catch (error) {
    throw new Error(
      'The signing key in the store does not open: SIGNET_SECRET_KEY is not the key that this store was written with.',
      { cause: error },
    )
  }
  // A JWK of an asymmetric key always becomes a CryptoKey; only `oct` would be bytes.
  return (await importJWK(jwk, key.alg)) as CryptoKey
}

const publicJwk = (key: StoredKey): JWK => ({ ...key.publicJwk, kid: key.kid, alg: key.alg, use: 'sig' })

const context = (kid: string): string => `signing key ${kid}`
