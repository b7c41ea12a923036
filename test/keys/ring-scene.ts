/** A key ring on a store in memory, with a clock to turn; what it signs is verified by means that the hub does not use. */
import { createPublicKey, randomBytes, verify } from 'node:crypto'
import jwt from 'jsonwebtoken'
import { expect } from 'vitest'
import type { SigningAlg, SigningKeyStore, StoredKey } from '../../src/core/key-ports.ts'
import { type KeyRing, openKeyRing } from '../../src/keys/key-ring.ts'
import { createVault } from '../../src/keys/vault.ts'

const secretKey = randomBytes(32)
export const claims = { iss: 'https://hub.example', jti: 'jti', events: { 'urn:x': {} } }
export const KEEP_MS = 30 * 86_400_000

export type PublishedKey = Record<string, string> & { kid: string; alg: string; kty: string; use: string }
export const published = (ring: KeyRing) => ring.publicKeys().keys as unknown as PublishedKey[]

export interface RingScene {
  store: SigningKeyStore & { keys: StoredKey[]; eventsUntil: number }
  open(alg: SigningAlg, key?: Buffer): Promise<KeyRing>
  /** Milliseconds go by. */
  pass(ms: number): void
  /** The kid of the one that is in this state. */
  kid(state: StoredKey['state']): string
}

export function ringScene(): RingScene {
  let now = 1_700_000_000_000
  const store: RingScene['store'] = {
    keys: [],
    eventsUntil: 0,
    list: () => Promise.resolve([...store.keys]),
    save(changed) {
      const others = store.keys.filter(({ kid }) => !changed.some((key) => key.kid === kid))
      store.keys = [...others, ...changed].sort((a, b) => a.createdAt - b.createdAt)
      return Promise.resolve()
    },
    hasEventsUntil: (time) => Promise.resolve(store.eventsUntil > 0 && store.eventsUntil <= time),
  }
  return {
    store,
    open: (alg, key = secretKey) =>
      openKeyRing({
        ...{ store, vault: createVault(key), alg, keepMs: KEEP_MS },
        clock: { now: () => (now += 1) },
        observer: { keyChanged: () => undefined },
      }),
    pass: (ms) => void (now += ms),
    kid: (state) => store.keys.find((key) => key.state === state)?.kid ?? `no ${state} key`,
  }
}

export const signer = async (ring: KeyRing): Promise<string | undefined> =>
  jwt.decode(await ring.sign(claims), { complete: true })?.header.kid

/** @returns the header, once the signature is verified with the published key that it names */
export function verified(token: string, ring: KeyRing): jwt.JwtHeader {
  const header = jwt.decode(token, { complete: true })?.header
  const jwk = published(ring).find(({ kid }) => kid === header?.kid)
  if (header === undefined || jwk === undefined) throw new Error('signed with a key that is not published')
  const key = createPublicKey({ key: jwk, format: 'jwk' })
  if (jwk.alg === 'EdDSA') {
    // Which jsonwebtoken does not know.
    const [head = '', payload = '', signature = ''] = token.split('.')
    expect(verify(null, Buffer.from(`${head}.${payload}`), key, Buffer.from(signature, 'base64url'))).toBe(
      true,
    )
  } else {
    jwt.verify(token, key, { algorithms: [jwk.alg as jwt.Algorithm] })
  }
  return header
}
