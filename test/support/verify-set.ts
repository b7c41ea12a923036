/** Verifies a SET with a library that the hub does not use. */
import { createPublicKey } from 'node:crypto'
import jwt from 'jsonwebtoken'
import type { TestHub } from './hub.ts'

export interface VerifiedSet {
  header: { typ: string; alg: string; kid: string }
  payload: {
    iss: string
    iat: number
    jti: string
    aud: string[]
    txn: string
    toe?: number
    sub_id: Record<string, unknown>
    events: Record<string, Record<string, unknown>>
  } & Record<string, unknown>
}

/** @throws Error when the signature, the issuer or the audience is wrong */
export async function verifySet(hub: TestHub, token: string, audience: string): Promise<VerifiedSet> {
  const published = await hub.http.get('/.well-known/jwks.json').expect(200)
  const { keys } = published.body as { keys: { kid: string; alg: jwt.Algorithm; kty: string }[] }
  const kid = jwt.decode(token, { complete: true })?.header.kid
  const key = keys.find((candidate) => candidate.kid === kid)
  if (key === undefined) throw new Error(`no key ${String(kid)} is published`)
  const verified = jwt.verify(token, createPublicKey({ key, format: 'jwk' }), {
    algorithms: [key.alg],
    issuer: hub.url,
    audience,
    complete: true,
  })
  return verified as unknown as VerifiedSet
}
