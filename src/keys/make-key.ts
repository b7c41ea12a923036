import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose'
import type { SealedKey, SigningAlg } from '../core/key-ports.ts'
import type { Clock, Vault } from '../core/ports.ts'
import { signingKeyContext } from '../core/sealing.ts'

/** A key that nobody has seen, its private part sealed. */
export async function makeSigningKey(vault: Vault, clock: Clock, alg: SigningAlg): Promise<SealedKey> {
  const pair = await generateKeyPair(alg, { extractable: true })
  const publicKey = await exportJWK(pair.publicKey)
  const kid = await calculateJwkThumbprint(publicKey)
  const privateSealed = vault.seal(JSON.stringify(await exportJWK(pair.privateKey)), signingKeyContext(kid))
  return { kid, alg, publicJwk: { ...publicKey }, privateSealed, createdAt: clock.now() }
}
