/** What publishers send, proven as each proves it, with something hostile inside. */
import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { CASDOOR_SECRET, fixture, LOGTO_SECRET } from '../support/acme.ts'
import { claims, type PublisherKey, sign } from '../support/publisher.ts'
import { hostile, type Json, mutated, text } from './mutated-json.ts'
import { bearer, type Header, JSON_TYPE, type Request, type World } from './request.ts'

export const FERRISKEY_SECRET = 'ferriskey-secret-of-the-fuzzer'

const parsed = (body: Buffer | string): Json => JSON.parse(body.toString()) as Json

function ingest(source: string, valid: Json, prove: (body: Buffer) => Header[]): fc.Arbitrary<Request> {
  return text(mutated(valid)).map((body) => ({
    method: 'POST',
    target: `/in/${source}`,
    headers: [JSON_TYPE, ...prove(body)],
    body,
  }))
}

const hmac = (secret: string, ...parts: (string | Buffer)[]): string => {
  const made = createHmac('sha256', secret)
  for (const part of parts) made.update(part)
  return made.digest('hex')
}

const OWN: Json = {
  ...{ id: 'e1', event: 'login/failed', toe: 1_790_000_000 },
  sub_id: { format: 'email', email: 'alice@acme.example' },
  claims: { failure: { reason: 'locked' } },
}

const CASDOOR = ['login-success', 'add-user', 'logout', 'set-password', 'new-user']
const LOGTO = ['PostSignIn', 'User.Created-management-api', 'Organization.Membership.Updated']
const FERRISKEY = ['user.created-self-registration', 'auth.reset_password']
const ASGARDEO = ['session.sessionRevoked', 'user.userProfileUpdated', 'login.loginFailed']

export function publisherRequests({ key }: World): fc.Arbitrary<Request>[] {
  return [
    ...CASDOOR.map((name) =>
      ingest('casdoor', parsed(fixture(`casdoor/${name}.json`)), () => [bearer(CASDOOR_SECRET)]),
    ),
    ...LOGTO.map((name) =>
      ingest('logto', parsed(fixture(`logto/${name}.json`)), (body) => [
        ['logto-signature-sha-256', hmac(LOGTO_SECRET, body)],
      ]),
    ),
    ...FERRISKEY.map((name) =>
      ingest('ferriskey', parsed(fixture(`ferriskey/${name}.json`)), (body) => {
        const time = String(Math.floor(Date.now() / 1_000))
        return [
          ['X-FerrisKey-Timestamp', time],
          ['X-FerrisKey-Signature', hmac(FERRISKEY_SECRET, `${time}.`, body)],
        ]
      }),
    ),
    ...ASGARDEO.map((name) => ingest('wso2', parsed(fixture(`asgardeo/${name}.json`)), () => [])),
    ingest('own', OWN, () => [bearer(CASDOOR_SECRET)]),
    ingest('own', [OWN, OWN], () => [bearer(CASDOOR_SECRET)]),
    fc.tuple(mutated(claims('j1') as Json), hostile).map(([payload, kid]) => ({
      method: 'POST',
      target: '/in/idp',
      headers: [['Content-Type', 'application/secevent+jwt']],
      body: Buffer.from(signed(key, payload, kid)),
    })),
  ]
}

/** The signer refuses some claims itself: then it is a token that nobody signed. */
function signed(key: PublisherKey, payload: Json, kid: Json): string {
  try {
    return sign(key, payload as object, typeof kid === 'string' ? { kid } : {})
  } catch {
    const part = (value: Json): string => Buffer.from(JSON.stringify(value)).toString('base64url')
    return `${part({ alg: 'ES256', kid, typ: 'secevent+jwt' })}.${part(payload)}.AAAA`
  }
}
