/** A publisher that signs its own SETs: RFC 8935, and byte for byte to those who subscribed. */
import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import jwt from 'jsonwebtoken'
import type { AcmeHub } from '../support/acme.ts'
import { AUDIENCE, claims, makeKey, type Publisher, PUBLISHER } from '../support/publisher.ts'
import { SESSION_REVOKED, sign } from '../support/publisher.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'
import { type SetSources, startSetSources } from '../support/set-sources.ts'

let sources: SetSources
let hub: AcmeHub
let publisher: Publisher
let receiver: Receiver

beforeAll(async () => {
  sources = await startSetSources()
  ;({ hub, publisher } = sources)
  receiver = await startReceiver()
})

afterAll(async () => {
  await sources.close()
  await receiver.close()
})

it.each([
  ['a member twice', (text: string) => text.replace('{', '{"sub_id":{"format":"opaque","id":"another"},')],
  ['__proto__', (text: string) => text.replace('{', '{"__proto__":{},')],
])('a SET with %s is refused, though it is well signed', async (_what, spoil) => {
  const text = spoil(JSON.stringify(claims('ambiguous')))
  // As a text it is signed to the byte.
  const token = sign(publisher.key, text as unknown as object)
  await sources.refused(await sources.fresh(), token, 'invalid_request')
})

describe('a SET', () => {
  it('reaches the subscribers of its topic byte for byte, under its own jti', async () => {
    const source = await sources.fresh()
    for (const topic of ['', '/session', '/session/revoked', '/login']) {
      await hub.subscribe(receiver, { topic, target: `/cb${topic}` })
    }
    const token = sign(publisher.key, claims('set-1', { txn: 't1', toe: 1_790_000_000 }))
    const answer = await sources.push(source, token).expect(202)
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
    const source = await sources.fresh()
    const before = (await sources.events()).length
    await sources.push(source, sign(publisher.key, claims('again'))).expect(202)
    const answer = await sources
      .push(source, sign(publisher.key, claims('again', { txn: 'other' })))
      .expect(202)
    expect(answer.text).toBe('')
    expect(await sources.events()).toHaveLength(before + 1)
  })

  it('may have the jti of another publisher’s', async () => {
    const both = [await sources.fresh(), await sources.fresh()]
    for (const source of both) await sources.push(source, sign(publisher.key, claims('shared'))).expect(202)
    const found = (await sources.events()).filter(({ source }) => both.includes(source))
    expect(found.map(({ source }) => source).sort()).toEqual(both.sort())
  })

  it.each([
    ['https://schemas.openid.net/secevent/risc/event-type/sessions-revoked', 'revoked'],
    ['urn:ietf:params:SCIM:event:prov:delete', 'deleted'],
    ['urn:ietf:params:scim:event:prov:create:full', 'created'],
  ])('of %s has its place', async (uri, name) => {
    const jti = `place of ${uri}`
    await sources
      .push(await sources.fresh(), sign(publisher.key, claims(jti, { events: { [uri]: {} } })))
      .expect(202)
    expect(await hub.admin.get(`/events/${encodeURIComponent(jti)}`)).toMatchObject({ name })
  })

  it('of an event that the catalogue does not know is acknowledged and not kept', async () => {
    const before = (await sources.events()).length
    const token = sign(publisher.key, claims('unknown', { events: { 'urn:example:tea': {} } }))
    expect((await sources.push(await sources.fresh(), token).expect(202)).text).toBe('')
    expect(await sources.events()).toHaveLength(before)
  })

  it('has its type written as RFC 7515 allows, and one audience of several', async () => {
    const source = await sources.fresh()
    await sources
      .push(source, sign(publisher.key, claims('typ'), { typ: 'application/SecEvent+JWT' }))
      .expect(202)
    await sources.push(source, sign(publisher.key, claims('aud', { aud: AUDIENCE }))).expect(202)
    await sources
      .push(source, sign(publisher.key, claims('type')), 'application/secevent+jwt; charset=us-ascii')
      .expect(202)
  })
})

/** Whole seconds from the hub's own time. */
const seconds = (fromNow: number): number => Math.floor(Date.now() / 1000) + fromNow

it.each([
  ['ahead', (by: number) => ({ iat: seconds(by), nbf: seconds(by) })],
  ['behind', (by: number) => ({ exp: seconds(-by) })],
])('a publisher’s clock may be minutes %s (RFC 7519 §4.1.4), and no more', async (_where, times) => {
  const source = await sources.fresh()
  await sources.push(source, sign(publisher.key, claims('skewed', times(280)))).expect(202)
  await sources.refused(source, sign(publisher.key, claims('far off', times(320))), 'invalid_request')
})

describe('refused as RFC 8935 has it is', () => {
  it('what is no SET', async () => {
    const source = await sources.fresh()
    for (const body of ['x', 'a.b.c', '{"jti":"x"}', `${sign(publisher.key, claims('newline'))}\n`]) {
      await sources.refused(source, body, 'invalid_request')
    }
    const answer = await sources.push(source, sign(publisher.key, claims('x')), 'application/jwt').expect(400)
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
    const source = await sources.fresh()
    await sources.refused(source, sign(publisher.key, claims('bad', changes), header), err)
    expect((await sources.events()).filter((event) => event.source === source)).toEqual([])
  })

  it('what nobody signed, or somebody else, or the public key', async () => {
    const source = await sources.fresh()
    const { publicKey, kid } = publisher.key
    const header = { typ: 'secevent+jwt', kid }
    const unsigned = jwt.sign(claims('none'), null, { algorithm: 'none', header: { alg: 'none', ...header } })
    await sources.refused(source, unsigned, 'authentication_failed')
    const pem = publicKey.export({ format: 'pem', type: 'spki' })
    const encoded = [{ alg: 'HS256', ...header }, claims('hs256')]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.')
    const hmac = createHmac('sha256', pem).update(encoded).digest('base64url')
    await sources.refused(source, `${encoded}.${hmac}`, 'authentication_failed')
    await sources.refused(source, sign({ ...makeKey(kid) }, claims('forged')), 'authentication_failed')
    const own = makeKey('own')
    const self = sign(own, claims('self'), { kid, jwk: own.jwk, jku: 'https://else.example/jwks' })
    await sources.refused(source, self, 'authentication_failed')
  })
})
