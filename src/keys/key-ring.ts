/** The hub's signing keys: the active one signs, those that are published verify. */
import { createPrivateKey, type KeyObject } from 'node:crypto'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose'
import type { SealedKey, SigningAlg, SigningKeyStore, StoredKey } from '../core/key-ports.ts'
import type { Clock, Signer, Vault } from '../core/ports.ts'
import { signingKeyContext } from '../core/sealing.ts'
import { compactJws } from './compact-jws.ts'

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
  const { key, privateKey } = await activeKey(store, vault, clock, alg)
  const sign = compactJws({ typ: 'secevent+jwt', alg, kid: key.kid }, privateKey)
  const keys = await store.list()
  const published = { keys: keys.map(publicJwk) }
  return {
    publicKeys: () => published,
    sign: (claims) => sign(JSON.stringify(claims)),
  }
}

async function activeKey(
  store: SigningKeyStore,
  vault: Vault,
  clock: Clock,
  alg: SigningAlg,
): Promise<{ key: SealedKey; privateKey: KeyObject }> {
  const current = (await store.list()).find(({ state }) => state === 'active')
  // Opened even when another algorithm is wanted: a wrong secret key is told before anything is sealed with it.
  const privateKey = current && openKey(current, vault)
  if (current?.alg === alg && privateKey !== undefined) return { key: current, privateKey }
  const made = await makeKey(vault, clock, alg)
  await store.activate(made)
  return { key: made, privateKey: openKey(made, vault) }
}

async function makeKey(vault: Vault, clock: Clock, alg: SigningAlg): Promise<SealedKey> {
  const pair = await generateKeyPair(alg, { extractable: true })
  const publicKey = await exportJWK(pair.publicKey)
  const kid = await calculateJwkThumbprint(publicKey)
  const privateSealed = vault.seal(JSON.stringify(await exportJWK(pair.privateKey)), signingKeyContext(kid))
  return { kid, alg, publicJwk: { ...publicKey }, privateSealed, createdAt: clock.now() }
}

function openKey(key: SealedKey, vault: Vault): KeyObject {
  let jwk: JWK
  try {
    jwk = JSON.parse(vault.open(key.privateSealed, signingKeyContext(key.kid))) as JWK
  } catch (error) {
    throw new Error(
      'The signing key in the store does not open: the secret key (SIGNET_SECRET_KEY, or secret.key beside the store) is not the one that this store was written with.',
      { cause: error },
    )
  }
  return createPrivateKey({ key: jwk, format: 'jwk' })
}

const publicJwk = (key: StoredKey): JWK => ({ ...key.publicJwk, kid: key.kid, alg: key.alg, use: 'sig' })
