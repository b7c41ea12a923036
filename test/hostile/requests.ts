/** Requests that are almost good: of every kind that the hub takes, with something hostile somewhere in them. */
import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { CASDOOR_SECRET, fixture, LOGTO_SECRET } from '../support/acme.ts'
import { ADMIN_TOKEN } from '../support/hub.ts'
import { AUDIENCE, claims, type PublisherKey, PUBLISHER, sign } from '../support/publisher.ts'
import { LOGINS, PREFIX, SESSIONS } from '../support/wso2.ts'

export const FERRISKEY_SECRET = 'ferriskey-secret-of-the-fuzzer'

export interface Request {
  method: string
  target: string
  headers: [name: string, value: string][]
  body: Buffer
}

/** What the generated requests are about. */
export interface World {
  hub: string
  token: string
  /** A server on 127.0.0.1 that agrees to everything. */
  callback: string
  key: PublisherKey
  jwksUrl: string
}

type Json = null | boolean | number | string | Json[] | { [name: string]: Json }

const STRINGS = [
  ...[
    '',
    ' ',
    '\0',
    '\r\nX-Evil: 1',
    '\n',
    '\u001b[2J',
    '\u202e\u2066',
    '\ufeff',
    '\ud83d',
    '\udc00x',
    '👩‍👩‍👧',
    'ß',
  ],
  ...[
    '../../../etc/passwd',
    '%2e%2e%2f',
    "' or 1=1 --",
    '"; drop table events; --',
    '<script>alert(1)</script>',
  ],
  ...[
    '${7*7}',
    '{{7*7}}',
    '%s%n%x',
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'null',
    'undefined',
  ],
  ...[
    'NaN',
    '-1',
    '0',
    '1e309',
    '9007199254740993',
    '9999-12-31T23:59:59Z',
    '-271821-04-20T00:00:00Z',
    '0000',
    '*',
  ],
  ...[
    'x'.repeat(300),
    'x'.repeat(5_000),
    'é'.repeat(2_048),
    'a/b',
    '/',
    '//',
    '?',
    '#',
    '&',
    '=',
    '[]',
    '{}',
    '.web',
  ],
]

const string = fc.oneof(
  { arbitrary: fc.constantFrom(...STRINGS), weight: 3 },
  fc.string({ unit: 'binary', maxLength: 40 }),
)
const scalar = fc.oneof(
  string,
  fc.constantFrom<Json>(null, true, false, 0, -0, -1, 0.5, 1e308, -1e308, 2 ** 53, 253_402_300_800),
)
const hostile: fc.Arbitrary<Json> = fc.oneof(
  { arbitrary: scalar, weight: 4 },
  fc.array(scalar, { maxLength: 3 }),
  fc.dictionary(string, scalar, { maxKeys: 3 }),
  fc.constantFrom(40, 600).map((depth) => deep(depth)),
)

const deep = (depth: number): Json => {
  let value: Json = 'bottom'
  for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? [value] : { a: value }
  return value
}

/** The value with something else at one of its places: in its stead, beside it, or nothing. */
function mutated(value: Json): fc.Arbitrary<Json> {
  const inside: fc.Arbitrary<Json>[] = [hostile]
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries())
      inside.push(mutated(item).map((next) => value.with(index, next)))
    inside.push(hostile.map((more) => [...value, more]))
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, member] of Object.entries(value)) {
      const { [name]: _gone, ...others } = value
      inside.push(
        mutated(member).map((next) => ({ ...value, [name]: next })),
        fc.constant(others),
      )
    }
    inside.push(fc.tuple(string, hostile).map(([name, more]) => ({ ...value, [name]: more })))
  }
  return fc.oneof(...inside)
}

/** As JSON, and now and then as JSON that is not quite. */
const text = (json: fc.Arbitrary<Json>): fc.Arbitrary<Buffer> =>
  fc.tuple(json, fc.nat({ max: 11 }), fc.nat()).map(([value, how, at]) => {
    const bytes = Buffer.from(JSON.stringify(value))
    if (how === 0) return bytes.subarray(0, at % (bytes.length + 1))
    if (how === 1) return Buffer.concat([Buffer.from('\ufeff'), bytes])
    if (how === 2) bytes[at % bytes.length] = at & 255
    return bytes
  })

const JSON_TYPE: [string, string] = ['Content-Type', 'application/json']

const parsed = (body: Buffer | string): Json => JSON.parse(body.toString()) as Json

function ingest(
  source: string,
  valid: Json,
  prove: (body: Buffer) => [string, string][],
): fc.Arbitrary<Request> {
  return text(mutated(valid)).map((body) => ({
    method: 'POST',
    target: `/in/${source}`,
    headers: [JSON_TYPE, ...prove(body)],
    body,
  }))
}

const bearer = (token: string): [string, string] => ['Authorization', `Bearer ${token}`]
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

const casdoorFiles = [
  'login-success.json',
  'add-user.json',
  'logout.json',
  'set-password.json',
  'new-user.json',
]
const logtoFiles = [
  'PostSignIn.json',
  'User.Created-management-api.json',
  'Organization.Membership.Updated.json',
]
const asgardeoFiles = [
  'session.sessionRevoked.json',
  'user.userProfileUpdated.json',
  'login.loginFailed.json',
]

function publishers({ key }: World): fc.Arbitrary<Request>[] {
  return [
    ...casdoorFiles.map((file) =>
      ingest('casdoor', parsed(fixture(`casdoor/${file}`)), () => [bearer(CASDOOR_SECRET)]),
    ),
    ...logtoFiles.map((file) =>
      ingest('logto', parsed(fixture(`logto/${file}`)), (body) => [
        ['logto-signature-sha-256', hmac(LOGTO_SECRET, body)],
      ]),
    ),
    ...['user.created-self-registration.json', 'auth.reset_password.json'].map((file) =>
      ingest('ferriskey', parsed(fixture(`ferriskey/${file}`)), (body) => {
        const time = String(Math.floor(Date.now() / 1_000))
        return [
          ['X-FerrisKey-Timestamp', time],
          ['X-FerrisKey-Signature', hmac(FERRISKEY_SECRET, `${time}.`, body)],
        ]
      }),
    ),
    ...asgardeoFiles.map((file) => ingest('wso2', parsed(fixture(`asgardeo/${file}`)), () => [])),
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

const encode = (value: string): string => encodeURIComponent(value.toWellFormed())

function hubRequests({ hub, token, callback }: World): fc.Arbitrary<Request> {
  const names = [
    ...['hub.mode', 'hub.topic', 'hub.callback', 'hub.secret', 'hub.lease_seconds', 'hub.verify', 'hub.url'],
    ...['hub.verify_token', 'hub.challenge', 'hub.url[]', 'access_token', 'x'],
  ]
  const good: Record<string, string[]> = {
    'hub.mode': ['subscribe', 'unsubscribe', 'publish', 'register', 'deregister'],
    'hub.topic': [`${hub}/topics/acme`, `${hub}/topics/acme/login/failed`, SESSIONS, LOGINS, `${PREFIX}new`],
    'hub.callback': [callback, `${callback}?a=%20&b=+`],
    'hub.secret': ['s', 's'.repeat(199)],
    'hub.lease_seconds': ['60', '864000'],
    access_token: [token],
  }
  const pair = fc
    .constantFrom(...names)
    .chain((name) => {
      const value = good[name] ?? []
      return fc.tuple(
        fc.constant(name),
        value.length > 0 ? fc.oneof({ arbitrary: fc.constantFrom(...value), weight: 5 }, string) : string,
      )
    })
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
  const whole = ['hub.mode', 'hub.topic', 'hub.callback'].map((name) =>
    fc.constantFrom(...(good[name] ?? [])).map((value) => `${name}=${encode(value)}`),
  )
  const pairs = fc
    .tuple(fc.tuple(...whole), fc.array(pair, { maxLength: 5 }))
    .map(([some, more]) => [...some, ...more])
  const form = fc
    .oneof({ arbitrary: pairs, weight: 4 }, fc.array(pair), fc.array(string))
    .map((all) => all.join('&'))
  const type = fc.constantFrom(
    ...['application/x-www-form-urlencoded', 'application/x-www-form-urlencoded; charset=UTF-8'],
    ...[
      'application/json',
      'multipart/form-data; boundary=x',
      'text/plain',
      '',
      ';',
      'application/x-www-form-urlencoded; charset=latin1',
    ],
  )
  const auth = fc.constantFrom(bearer(token), bearer('wrong'), bearer(token), ['X-None', 'x'] as [
    string,
    string,
  ])
  return fc.tuple(form, fc.boolean(), type, auth).map(([all, inQuery, contentType, proof]) => ({
    method: 'POST',
    target: inQuery ? `/hub?${targetSafe(all).slice(0, 8_000)}` : '/hub',
    headers: [['Content-Type', contentType], proof],
    body: Buffer.from(inQuery ? '' : all),
  }))
}

/** A request line cannot hold these; the raw ones have tests of their own. */
const targetSafe = (target: string): string => target.replace(/[^!-~]/g, (char) => encode(char))

function adminRequests({ callback, jwksUrl }: World): fc.Arbitrary<Request> {
  const bodies: [path: string, valid: Json][] = [
    ['/tenants', { id: 'zoo', subscribe: 'open', confirm_public: true }],
    [
      '/sources',
      {
        id: 's1',
        tenant: 'acme',
        provider: 'casdoor',
        issuer: 'https://idp.example',
        auth: { method: 'bearer', secret: 'x' },
        disclose: ['email'],
      },
    ],
    [
      '/sources',
      {
        id: 's2',
        tenant: 'acme',
        provider: 'set',
        issuer: PUBLISHER,
        auth: { method: 'jwt', issuer: PUBLISHER, jwks_url: jwksUrl, audience: AUDIENCE },
      },
    ],
    [
      '/sources',
      {
        id: 's3',
        tenant: 'acme',
        provider: 'asgardeo',
        issuer: 'https://idp.example',
        topic_prefix: 'other.',
        auth: { method: 'network', allow_from: ['10.0.0.0/8'] },
      },
    ],
    ['/subscribers', { id: 'crm', tenant: 'acme', topics: ['session', 'login/failed', '*'] }],
    [
      '/webhooks',
      {
        tenant: 'acme',
        name: 'CRM',
        description: 'd',
        url: callback,
        headers: { 'X-Api-Key': 'k' },
        topics: ['user'],
        secret: 's',
        format: 'json',
      },
    ],
    ['/sources/own', { disclose: ['email'], max_age: 60, publish_unmapped: true }],
    ['/subscribers/nobody', { topics: ['*'] }],
    ['/webhooks/nobody', { paused: true }],
    ['/sources/nobody/rotate', { overlap_seconds: 1 }],
    ['/webhooks/nobody/test', {}],
  ]
  const written = fc.constantFrom(...bodies).chain(([path, valid]) =>
    fc
      .tuple(text(mutated(valid)), fc.constantFrom('POST', 'PATCH', 'PUT', 'DELETE'))
      .map(([body, method]) => ({
        // What is there is needed by the others.
        method: path === '/sources/own' && method === 'DELETE' ? 'PATCH' : method,
        target: `/admin/v1${path}`,
        headers: [JSON_TYPE, bearer(ADMIN_TOKEN)],
        body,
      })),
  )
  const lists = ['tenants', 'sources', 'subscribers', 'webhooks', 'subscriptions', 'events', 'deliveries']
  const read = fc
    .tuple(
      fc.constantFrom(...lists),
      string,
      fc.constantFrom('limit', 'cursor', 'tenant', 'x'),
      string,
      fc.boolean(),
    )
    .map(([list, id, name, value, one]) => ({
      method: 'GET',
      target: `/admin/v1/${list}${one ? `/${encode(id)}` : `?${name}=${encode(value)}`}`,
      headers: [bearer(ADMIN_TOKEN)],
      body: Buffer.alloc(0),
    }))
  return fc.oneof({ arbitrary: written, weight: 3 }, read)
}

function anywhere(): fc.Arbitrary<Request> {
  const path = fc.constantFrom(
    '/',
    '/hub',
    '/topics/',
    '/in/',
    '/events/',
    '/.well-known/',
    '/admin/v1/',
    '/healthz/',
  )
  const headers = fc.array(
    fc.tuple(
      fc.constantFrom(
        'Content-Type',
        'Content-Encoding',
        'Accept',
        'Authorization',
        'Cookie',
        'If-None-Match',
        'X-Forwarded-For',
        'Origin',
        'Range',
      ),
      fc.string({
        unit: fc.integer({ min: 32, max: 255 }).map((code) => String.fromCharCode(code)),
        maxLength: 60,
      }),
    ),
    { maxLength: 4 },
  )
  return fc
    .tuple(
      fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'),
      path,
      string,
      headers,
      fc.uint8Array({ maxLength: 200 }),
    )
    .map(([method, where, more, lines, body]) => ({
      method,
      target: where + targetSafe(more).slice(0, 4_000),
      headers: lines.map(([name, value]): [string, string] => [name, value.replace(/[\u007f\r\n\0]/g, '')]),
      body: Buffer.from(body),
    }))
}

/** Every kind as often as the others. */
export const hostileRequest = (world: World): fc.Arbitrary<Request> =>
  fc.oneof(fc.oneof(...publishers(world)), hubRequests(world), adminRequests(world), anywhere())

export function bytesOf({ method, target, headers, body }: Request): Buffer {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  const head = `${method} ${target} HTTP/1.1\r\nHost: hub\r\nConnection: close\r\nContent-Length: ${body.length}\r\n${lines}\r\n`
  return Buffer.concat([Buffer.from(head, 'latin1'), body])
}
