/** A publisher that signs its own SETs: RFC 8935, and byte for byte to those who subscribed. */
import { createHmac } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import jwt from 'jsonwebtoken'
import { type AcmeHub, startAcme } from '../support/acme.ts'
import { AUDIENCE, claims, makeKey, type Publisher, PUBLISHER } from '../support/publisher.ts'
import { SESSION_REVOKED, sign, startPublisher } from '../support/publisher.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'

let hub: AcmeHub
let publisher: Publisher
let receiver: Receiver
let ahead = 0
let count = 0

beforeAll(async () => {
  hub = await startAcme({ overrides: { clock: { now: () => Date.now() + ahead } } })
  publisher = await startPublisher()
  receiver = await startReceiver()
})

afterEach(() => publisher.show(publisher.key))

afterAll(async () => {
  await hub.close()
  await publisher.site.close()
  await receiver.close()
})

const makeSource = async (jwks_url: string): Promise<string> => {
  const id = `idp-${++count}`
  await hub.admin.post('/sources', {
    id,
    tenant: 'acme',
    provider: 'set',
    issuer: PUBLISHER,
    auth: { method: 'jwt', issuer: PUBLISHER, jwks_url, audience: AUDIENCE },
  })
  return id
}

/** A source whose keys were never asked for. */
const freshSource = () => makeSource(`${publisher.jwksUrl}?of=${count}`)

const push = (source: string, token: string, type = 'application/secevent+jwt') =>
  hub.http.post(`/in/${source}`).set('Content-Type', type).set('Accept', 'application/json').send(token)

const events = async () =>
  (await hub.admin.get<{ items: { jti: string; source: string }[] }>('/events?limit=500')).items

const refusal = async (source: string, token: string, err: string) => {
  const answer = await push(source, token).expect(400)
  expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
  expect(answer.headers['content-language']).toBe('en')
  expect(answer.body).toEqual({ err, description: expect.any(String) as string })
}

it.each([
  ['a member twice', (text: string) => text.replace('{', '{"sub_id":{"format":"opaque","id":"another"},')],
  ['__proto__', (text: string) => text.replace('{', '{"__proto__":{},')],
])('a SET with %s is refused, though it is well signed', async (_what, spoil) => {
  const text = spoil(JSON.stringify(claims('ambiguous')))
  // As a text it is signed to the byte.
  const token = sign(publisher.key, text as unknown as object)
  await refusal(await freshSource(), token, 'invalid_request')
})

describe('a SET', () => {
  it('reaches the subscribers of its topic byte for byte, under its own jti', async () => {
    const source = await freshSource()
    for (const topic of ['', '/session', '/session/revoked', '/login']) {
      await hub.subscribe(receiver, { topic, target: `/cb${topic}` })
    }
    const token = sign(publisher.key, claims('set-1', { txn: 't1', toe: 1_790_000_000 }))
    const answer = await push(source, token).expect(202)
    expect(answer.text).toBe('')
    expect(answer.headers).not.toHaveProperty('content-type')
    await receiver.waitFor(() => receiver.deliveries().length === 3)
    const delivered = receiver.deliveries()
    expect(delivered.map(({ url }) => url).sort()).toEqual(['/cb', '/cb/session', '/cb/session/revoked'])
    for (const { body, headers } of delivered) {
      expect(body.toString()).toBe(token)
      expect(headers['content-type']).toBe('application/secevent+jwt')
    }
    expect(await hub.admin.get('/events/set-1')).toMatchObject({
      source,
      native: SESSION_REVOKED,
      category: 'session',
      name: 'revoked',
      txn: 't1',
      occurred_at: '2026-09-21T14:13:20.000Z',
      set: token,
    })
  })

  it('that comes again is acknowledged, and taken in once', async () => {
    const source = await freshSource()
    const before = (await events()).length
    await push(source, sign(publisher.key, claims('again'))).expect(202)
    const answer = await push(source, sign(publisher.key, claims('again', { txn: 'other' }))).expect(202)
    expect(answer.text).toBe('')
    expect(await events()).toHaveLength(before + 1)
  })

  it('may have the jti of another publisher’s', async () => {
    const sources = [await freshSource(), await freshSource()]
    for (const source of sources) await push(source, sign(publisher.key, claims('shared'))).expect(202)
    const found = (await events()).filter(({ source }) => sources.includes(source))
    expect(found.map(({ source }) => source).sort()).toEqual(sources.sort())
  })

  it.each([
    ['https://schemas.openid.net/secevent/risc/event-type/sessions-revoked', 'revoked'],
    ['urn:ietf:params:SCIM:event:prov:delete', 'deleted'],
    ['urn:ietf:params:scim:event:prov:create:full', 'created'],
  ])('of %s has its place', async (uri, name) => {
    const jti = `place of ${uri}`
    await push(await freshSource(), sign(publisher.key, claims(jti, { events: { [uri]: {} } }))).expect(202)
    expect(await hub.admin.get(`/events/${encodeURIComponent(jti)}`)).toMatchObject({ name })
  })

  it('of an event that the catalogue does not know is acknowledged and not kept', async () => {
    const before = (await events()).length
    const token = sign(publisher.key, claims('unknown', { events: { 'urn:example:tea': {} } }))
    expect((await push(await freshSource(), token).expect(202)).text).toBe('')
    expect(await events()).toHaveLength(before)
  })

  it('has its type written as RFC 7515 allows, and one audience of several', async () => {
    const source = await freshSource()
    await push(source, sign(publisher.key, claims('typ'), { typ: 'application/SecEvent+JWT' })).expect(202)
    await push(source, sign(publisher.key, claims('aud', { aud: AUDIENCE }))).expect(202)
    await push(
      source,
      sign(publisher.key, claims('type')),
      'application/secevent+jwt; charset=us-ascii',
    ).expect(202)
  })
})

describe('refused as RFC 8935 has it is', () => {
  it('what is no SET', async () => {
    const source = await freshSource()
    for (const body of ['x', 'a.b.c', '{"jti":"x"}', `${sign(publisher.key, claims('newline'))}\n`]) {
      await refusal(source, body, 'invalid_request')
    }
    const answer = await push(source, sign(publisher.key, claims('x')), 'application/jwt').expect(400)
    expect((answer.body as { err: string }).err).toBe('invalid_request')
  })

  it.each<[string, object, object?]>([
    ['invalid_request', {}, { typ: 'JWT' }],
    ['invalid_request', {}, { typ: undefined }],
    ['invalid_request', {}, { crit: ['exp'], exp: 1 }],
    ['invalid_request', { jti: undefined }],
    ['invalid_request', { jti: '' }],
    ['invalid_request', { jti: 7 }],
    ['invalid_request', { iat: Date.now() }],
    ['invalid_request', { exp: 1 }],
    ['invalid_request', { events: undefined }],
    ['invalid_request', { events: {} }],
    ['invalid_request', { events: [{}] }],
    ['invalid_request', { events: { [SESSION_REVOKED]: 'x' } }],
    ['invalid_request', { events: { [SESSION_REVOKED]: {}, 'urn:example:tea': {} } }],
    ['invalid_issuer', { iss: 'https://else.example' }],
    ['invalid_issuer', { iss: undefined }],
    ['invalid_issuer', { iss: `${PUBLISHER}/` }],
    ['invalid_audience', { aud: 'https://else.example' }],
    ['invalid_audience', { aud: undefined }],
    ['invalid_key', {}, { kid: undefined }],
    ['invalid_key', {}, { kid: 'unknown' }],
  ])('%s: %j %j', async (err, changes, header = {}) => {
    const source = await freshSource()
    await refusal(source, sign(publisher.key, claims('bad', changes), header), err)
    expect((await events()).filter((event) => event.source === source)).toEqual([])
  })

  it('what nobody signed, or somebody else, or the public key', async () => {
    const source = await freshSource()
    const { publicKey, kid } = publisher.key
    const header = { typ: 'secevent+jwt', kid }
    const unsigned = jwt.sign(claims('none'), null, { algorithm: 'none', header: { alg: 'none', ...header } })
    await refusal(source, unsigned, 'authentication_failed')
    const pem = publicKey.export({ format: 'pem', type: 'spki' })
    const encoded = [{ alg: 'HS256', ...header }, claims('hs256')]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.')
    const hmac = createHmac('sha256', pem).update(encoded).digest('base64url')
    await refusal(source, `${encoded}.${hmac}`, 'authentication_failed')
    await refusal(source, sign({ ...makeKey(kid) }, claims('forged')), 'authentication_failed')
    const own = makeKey('own')
    const self = sign(own, claims('self'), { kid, jwk: own.jwk, jku: 'https://else.example/jwks' })
    await refusal(source, self, 'authentication_failed')
  })
})

describe('the publisher’s keys', () => {
  const asked = () => publisher.site.requests.length

  it('are fetched once for many SETs, and once for many at once', async () => {
    const source = await freshSource()
    const before = asked()
    await Promise.all([1, 2, 3, 4].map((n) => push(source, sign(publisher.key, claims(`k${n}`))).expect(202)))
    await push(source, sign(publisher.key, claims('k5'))).expect(202)
    expect(asked()).toBe(before + 1)
  })

  it('are fetched once more for a key that is new', async () => {
    const source = await freshSource()
    await push(source, sign(publisher.key, claims('old key'))).expect(202)
    const rotated = makeKey('second')
    publisher.show(publisher.key, rotated)
    await push(source, sign(rotated, claims('new key'))).expect(202)
    await push(source, sign(publisher.key, claims('old key again'))).expect(202)
  })

  it('are not fetched over and over for a stranger, and no true key is condemned meanwhile', async () => {
    const source = await freshSource()
    const before = asked()
    for (let n = 0; n < 12; n++) {
      const answer = await push(source, sign(makeKey(`made-up-${n}`), claims(`stranger ${n}`)))
      expect([400, 503]).toContain(answer.status)
    }
    expect(asked()).toBeLessThanOrEqual(before + 5)
    await push(source, sign(publisher.key, claims('known key'))).expect(202)

    const rotated = makeKey('third')
    publisher.show(publisher.key, rotated)
    const token = sign(rotated, claims('in the crowd'))
    const answer = await push(source, token).expect(503)
    expect(answer.headers).toHaveProperty('retry-after')
    ahead += 10_001
    await push(source, token).expect(202)
  })

  it('are believed for ten minutes and no longer', async () => {
    const source = await freshSource()
    await push(source, sign(publisher.key, claims('believed'))).expect(202)
    publisher.show(makeKey('successor'))
    ahead += 590_000
    await push(source, sign(publisher.key, claims('still believed'))).expect(202)
    ahead += 20_000
    await refusal(source, sign(publisher.key, claims('withdrawn')), 'invalid_key')
  })

  it.each<[string, Parameters<Publisher['answer']>[0]]>([
    ['redirect', () => ({ status: 302, headers: { Location: publisher.jwksUrl } })],
    ['fail', () => ({ status: 500 })],
    ['are no JSON', () => ({ status: 200, body: '<html>' })],
    ['are no set of keys', () => ({ status: 200, body: '{"keys":7}' })],
    ['are endless', () => ({ status: 200, body: `{"keys":[],"x":"${'x'.repeat(300_000)}"}` })],
    ['break off', () => (response) => void response.socket?.destroy()],
  ])('that %s: the SET is to come again, and is taken in then', async (_, script) => {
    const source = await freshSource()
    const token = sign(publisher.key, claims(`later ${source}`))
    const before = asked()
    publisher.answer(script)
    const answer = await push(source, token).expect(503)
    expect(answer.headers).toHaveProperty('retry-after')
    expect(asked()).toBe(before + 1)
    publisher.show(publisher.key)
    await push(source, token).expect(202)
  })

  it.each<[string, object]>([
    ['a short RSA key', { kty: 'RSA', n: Buffer.alloc(64, 0xab).toString('base64url'), e: 'AQAB' }],
    ['a point that is not on the curve', { kty: 'EC', crv: 'P-256', x: 'AAAA', y: 'AAAA' }],
  ])('that hold %s do not verify', async (_, jwk) => {
    const source = await freshSource()
    const alg = 'n' in jwk ? 'RS256' : 'ES256'
    publisher.answer(() => ({ status: 200, body: JSON.stringify({ keys: [{ ...jwk, kid: 'bad' }] }) }))
    const [, ...rest] = sign(publisher.key, claims('bad key')).split('.')
    const head = Buffer.from(JSON.stringify({ alg, typ: 'secevent+jwt', kid: 'bad' })).toString('base64url')
    await refusal(source, [head, ...rest].join('.'), 'invalid_key')
  })

  it('at an address that the guard forbids are never asked for', async () => {
    const first = await startAcme()
    await first.admin.post('/sources', {
      id: 'astray',
      tenant: 'acme',
      provider: 'set',
      issuer: PUBLISHER,
      auth: { method: 'jwt', issuer: PUBLISHER, jwks_url: publisher.jwksUrl, audience: AUDIENCE },
    })
    await first.stop()
    // What was allowed when the source was made is not any more: the connection is judged, not the record.
    const { folder } = first
    const guarded = await startAcme({ folder, env: { SIGNET_OUTBOUND_ALLOW: '192.0.2.1' } })
    try {
      const before = publisher.site.connections
      const token = sign(publisher.key, claims('astray'))
      const answer = await guarded.http
        .post('/in/astray')
        .set('Content-Type', 'application/secevent+jwt')
        .send(token)
        .expect(503)
      expect(answer.text).not.toContain('127.0.0.1')
      expect(publisher.site.connections).toBe(before)
    } finally {
      await guarded.close()
    }
  })
})
