/** A publisher that signs its own SETs: its keys, and the server on 127.0.0.1 that shows them. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import jwt from 'jsonwebtoken'
import { type Receiver, type Script, startReceiver } from './receiver.ts'

export const PUBLISHER = 'https://idp.acme.example'
export const AUDIENCE = 'https://hub.acme.example'
export const SESSION_REVOKED = 'https://schemas.openid.net/secevent/caep/event-type/session-revoked'

export interface PublisherKey {
  kid: string
  privateKey: KeyObject
  publicKey: KeyObject
  jwk: object
}

export interface Publisher {
  key: PublisherKey
  /** Where the keys are. */
  site: Receiver
  jwksUrl: string
  /** Shows these keys from now on. */
  show(...keys: PublisherKey[]): void
  /** Answers otherwise from now on. */
  answer(script: Script): void
}

export function makeKey(kid: string): PublisherKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return { kid, privateKey, publicKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig' } }
}

export async function startPublisher(): Promise<Publisher> {
  const key = makeKey('first')
  const site = await startReceiver()
  const show = (...keys: PublisherKey[]) =>
    site.reply(() => ({ status: 200, body: JSON.stringify({ keys: keys.map(({ jwk }) => jwk) }) }))
  show(key)
  return { key, site, jwksUrl: site.url('/jwks'), show, answer: (script) => site.reply(script) }
}

export const claims = (jti: string, changes: object = {}): object => ({
  iss: PUBLISHER,
  aud: [AUDIENCE, 'https://elsewhere.example'],
  jti,
  iat: Math.floor(Date.now() / 1000),
  sub_id: { format: 'iss_sub', iss: PUBLISHER, sub: 'u1' },
  events: { [SESSION_REVOKED]: { event_timestamp: 1_790_000_000 } },
  ...changes,
})

/** Signed with another library than the hub verifies with. */
export const sign = (key: PublisherKey, payload: object, header: object = {}): string =>
  jwt.sign(payload, key.privateKey, {
    algorithm: 'ES256',
    header: { alg: 'ES256', typ: 'secevent+jwt', kid: key.kid, ...header },
  })
