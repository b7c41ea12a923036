/** WSO2 Identity Server on one side, its customer's endpoint and a subscriber of the hub's own topics on the other. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AcmeHub, startAcme } from '../support/acme.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'
import {
  deliveriesTo,
  isActive,
  isEnded,
  settled,
  signature,
  verifications,
} from '../support/subscriptions.ts'
import { until } from '../support/until.ts'
import { verifySet } from '../support/verify-set.ts'
import { adapter, JSON_TYPE, LOGINS, makeWso2Source, PREFIX, SESSIONS, wso2Event } from '../support/wso2.ts'

let hub: AcmeHub
let customer: Receiver
let subscriber: Receiver
let wso2: ReturnType<typeof adapter>

beforeAll(async () => {
  hub = await startAcme()
  customer = await startReceiver()
  subscriber = await startReceiver()
  await makeWso2Source(hub)
  wso2 = adapter(hub)
  await hub.subscribe(subscriber)
})

afterAll(async () => {
  await hub.close()
  await customer.close()
  await subscriber.close()
})

const ACCEPTED = 'hub.mode=accepted'

/** Has WSO2 subscribe the customer's endpoint, and the customer agree. */
async function onBehalf(topic: string, target: string) {
  await wso2.subscribe(topic, customer.url(target)).expect(202, ACCEPTED)
  return settled(hub, customer.url(target), isActive)
}

describe('topics', () => {
  it('are registered once, and deregistered once, with answers to the byte', async () => {
    const topic = `${PREFIX}registered`
    await wso2.register(topic).expect(200, ACCEPTED)
    await wso2.register(topic).expect(409)
    await wso2.deregister(topic).expect(200, ACCEPTED)
    await wso2.deregister(topic).expect(404)
  })

  it('may be registered with any body, or none', async () => {
    const query = { 'hub.mode': 'register', 'hub.topic': `${PREFIX}bare` }
    await hub.http.post('/hub').query(query).expect(200, ACCEPTED)
    const form = { ...query, 'hub.topic': `${PREFIX}form` }
    await hub.http.post('/hub').type('form').send(form).expect(200, ACCEPTED)
  })

  it.each([
    ['a name with a space', `${PREFIX}a b`, 400],
    ['a name that would end a header', `${PREFIX}a>; rel="hub"`, 400],
    ['no name', '', 400],
    ['a page of somebody’s', 'https://elsewhere.example/feed', 403],
    ['a name of nobody’s', 'theirorg.event.login', 401],
  ])('are not %s', async (_, topic, status) => {
    await wso2.register(topic).expect(status)
    await wso2.deregister(topic).expect(status)
    await wso2.publish(topic, wso2Event('never')).expect(status)
  })

  it('are not the hub’s own', async () => {
    await wso2.register(hub.topic('/session')).expect(403)
    await wso2.publish(hub.topic('/session'), wso2Event('never')).expect(403)
    await hub.http
      .post('/hub')
      .type('form')
      .send({ 'hub.mode': 'publish', 'hub.url': hub.topic() })
      .expect(403)
  })
})

describe('an event', () => {
  it('goes to the topic’s subscribers as it came, and to the hub’s as SETs', async () => {
    await wso2.register(SESSIONS).expect(200)
    expect(await onBehalf(SESSIONS, '/sessions')).toMatchObject({
      source: 'wso2',
      subscriber: null,
      renewed_by_hub: true,
      signed: true,
    })
    const body = wso2Event('jti-1')
    await wso2.publish(SESSIONS, body).expect(202, ACCEPTED)

    await customer.waitFor(() => deliveriesTo(customer, '/sessions').length === 1)
    const [delivery] = deliveriesTo(customer, '/sessions')
    expect(delivery?.body.toString()).toBe(body)
    expect(delivery?.headers).toMatchObject({
      'content-type': JSON_TYPE,
      link: `<${hub.url}/hub>; rel="hub", <${SESSIONS}>; rel="self"`,
      'x-hub-signature': signature('the-customer-gave-it', Buffer.from(body)),
    })

    await subscriber.waitFor(() => subscriber.deliveries().length === 1)
    const set = await verifySet(hub, subscriber.deliveries()[0]?.body.toString() ?? '', hub.topic())
    expect(set.payload).toMatchObject({
      iss: hub.url,
      txn: 'rci-of-jti-1',
      toe: 1755541966,
      events: {
        'https://schemas.openid.net/secevent/caep/event-type/session-revoked': {
          source: { id: 'wso2', provider: 'asgardeo' },
        },
      },
    })
  })

  it('published to two topics is relayed on each, and becomes SETs once', async () => {
    await wso2.register(LOGINS).expect(200)
    await onBehalf(LOGINS, '/logins')
    const body = wso2Event('jti-2', 'login.loginSuccess')
    await wso2.publish(LOGINS, body).expect(202, ACCEPTED)
    await wso2.publish(SESSIONS, body).expect(202, ACCEPTED)
    // WSO2 tries twice more at once when an answer is late.
    await wso2.publish(SESSIONS, body).expect(202, ACCEPTED)
    const last = wso2Event('jti-3')
    await wso2.publish(SESSIONS, last).expect(202, ACCEPTED)

    const relayed = (target: string) => deliveriesTo(customer, target).map((each) => each.body.toString())
    await customer.waitFor(() => relayed('/sessions').includes(last))
    await customer.waitFor(() => relayed('/logins').length === 1)
    expect(relayed('/sessions').filter((each) => each === body)).toHaveLength(1)
    const { items } = await hub.admin.get<{ items: { txn: string; category: string | null }[] }>('/events')
    const sets = items.filter(({ txn, category }) => txn === 'rci-of-jti-2' && category !== null)
    expect(sets).toMatchObject([{ category: 'login', name: 'succeeded' }])
  })

  it('is relayed to the byte, whatever its characters', async () => {
    const text = wso2Event('jti-4').replace('peter', 'Jos\u00e9')
    const latin1 = Buffer.from(text, 'latin1')
    await wso2.publish(SESSIONS, latin1).expect(202)
    await customer.waitFor(() => deliveriesTo(customer, '/sessions').some(({ body }) => body.equals(latin1)))
  })

  it('registers the name that it is published to', async () => {
    const topic = `${PREFIX}unannounced`
    await wso2.publish(topic, wso2Event('jti-5')).expect(202, ACCEPTED)
    await wso2.register(topic).expect(409)
  })

  it('that cannot be read is refused, and changes nothing', async () => {
    const topic = `${PREFIX}untouched`
    await wso2.publish(topic, '{"jti":').expect(400)
    await wso2.publish(topic, '{"jti":"x"}').expect(400)
    await hub.http
      .post('/hub')
      .query({ 'hub.mode': 'publish', 'hub.topic': topic })
      .set('Content-Type', 'text/plain')
      .send(wso2Event('jti-6'))
      .expect(415)
    await wso2.deregister(topic).expect(404)
  })

  it('that is unknown to the catalogue is relayed all the same', async () => {
    const body = wso2Event('jti-7', 'session.sessionRevoked', {
      events: { 'https://schemas.identity.wso2.org/events/new/event-type/unheardOf': {} },
    })
    await wso2.publish(SESSIONS, body).expect(202, ACCEPTED)
    await customer.waitFor(() =>
      deliveriesTo(customer, '/sessions').some((each) => each.body.toString() === body),
    )
  })

  it('is kept from the operator’s eyes', async () => {
    const { items } = await hub.admin.get<{ items: { jti: string; category: string | null }[] }>('/events')
    const relayed = items.find(({ category }) => category === null)
    expect(await hub.admin.get(`/events/${relayed?.jti ?? ''}`)).toMatchObject({ set: null, name: null })
  })
})

describe('a ping', () => {
  it.each([
    ['of a page', { 'hub.url': 'https://elsewhere.example/feed' }, 404],
    ['of a registered topic, which has no page', { 'hub.topic': SESSIONS }, 400],
    ['of nothing', {}, 400],
  ])('%s is refused', async (_, form, status) => {
    await hub.http
      .post('/hub')
      .type('form')
      .send({ 'hub.mode': 'publish', ...form })
      .expect(status)
  })
})

describe('a subscriber with a token', () => {
  const ask = (token: string, topic = SESSIONS) =>
    wso2.subscribe(topic, customer.url('/token')).set('Authorization', `Bearer ${token}`)

  it('may have a registered topic of its tenant if it may have everything', async () => {
    await ask(hub.token).expect(202)
    expect(await settled(hub, customer.url('/token'), isActive)).toMatchObject({
      subscriber: 'siem',
      source: null,
      renewed_by_hub: false,
    })
    const { token } = await hub.admin.post<{ token: string }>('/subscribers', {
      id: 'narrow',
      tenant: 'acme',
      topics: ['session'],
    })
    await ask(token).expect(403)
  })

  it('of another tenant finds no such topic', async () => {
    await hub.admin.post('/tenants', { id: 'other' })
    const { token } = await hub.admin.post<{ token: string }>('/subscribers', {
      id: 'stranger',
      tenant: 'other',
      topics: ['*'],
    })
    const refused = await ask(token).expect(404)
    expect((await ask(token, `${PREFIX}nowhere`).expect(404)).text).toBe(refused.text)
  })
})

describe('deregistering', () => {
  it('ends the topic’s subscriptions and tells their callbacks', async () => {
    const topic = `${PREFIX}over`
    await wso2.register(topic).expect(200)
    await onBehalf(topic, '/over?key=%7e')
    await wso2.deregister(topic).expect(200)
    expect(await settled(hub, customer.url('/over?key=%7e'), isEnded)).toMatchObject({
      ended_why: 'its topic was deregistered',
    })
    await customer.waitFor(() => verifications(customer, '/over').length === 2)
    expect(verifications(customer, '/over')[1]?.url).toBe(
      `/over?key=%7e&hub.mode=denied&hub.topic=${topic}&hub.reason=the%20topic%20was%20deregistered`,
    )
    await settled(hub, customer.url('/over?key=%7e'), ({ verification }) => verification === 'denied, told')
    // A new life of the topic is not one of its subscriptions.
    await wso2.publish(topic, wso2Event('jti-8')).expect(202)
    expect(deliveriesTo(customer, '/over?key=%7e')).toEqual([])
    await wso2.subscribe(topic, customer.url('/over?key=%7e')).expect(202)
    await settled(hub, customer.url('/over?key=%7e'), isActive)
  })
})

describe('a source', () => {
  it('does not share the beginning of its names with another', async () => {
    for (const topic_prefix of [PREFIX, 'myorg.sub.', 'myo']) {
      await expect(makeWso2Source(hub, { id: 'rival', topic_prefix })).rejects.toThrow('409')
    }
    await makeWso2Source(hub, { id: 'neighbour', topic_prefix: 'myorg2.' })
  })

  it('of another kind has no names', async () => {
    const source = { id: 'door', provider: 'casdoor', auth: { method: 'bearer' }, topic_prefix: 'door.' }
    await expect(makeWso2Source(hub, source)).rejects.toThrow('400')
  })

  it('that is deleted takes its topics with it', async () => {
    await makeWso2Source(hub, { id: 'brief', topic_prefix: 'brief.' })
    await wso2.register('brief.topic').expect(200)
    await onBehalf('brief.topic', '/brief')
    await hub.admin.delete('/sources/brief')
    expect(await settled(hub, customer.url('/brief'), isEnded)).toMatchObject({
      ended_why: 'the source of its topic was deleted',
    })
    await customer.waitFor(() => verifications(customer, '/brief').length === 2)
    await wso2.register('brief.topic').expect(401)
  })

  it('that takes over the names of a deleted one has the subscriptions in its own tenant', async () => {
    await makeWso2Source(hub, { id: 'former', topic_prefix: 'handed.' })
    await wso2.register('handed.topic').expect(200)
    await onBehalf('handed.topic', '/handed')
    await hub.admin.delete('/sources/former')
    await hub.admin.post('/tenants', { id: 'heir' })
    await makeWso2Source(hub, { id: 'later', tenant: 'heir', topic_prefix: 'handed.' })
    await wso2.register('handed.topic').expect(200)
    expect(await onBehalf('handed.topic', '/handed')).toMatchObject({ tenant: 'heir', source: 'later' })
  })

  it('from another network is nobody', async () => {
    const auth = { method: 'network', allow_from: ['10.0.0.0/8'] }
    await makeWso2Source(hub, { id: 'far', topic_prefix: 'far.', auth })
    const unknown = await wso2.register('nobody.topic').expect(401)
    for (const request of [
      wso2.register('far.topic'),
      wso2.deregister('far.topic'),
      wso2.publish('far.topic', wso2Event('jti-9')),
    ]) {
      expect((await request.expect(401)).text).toBe(unknown.text)
    }
    await wso2.subscribe('far.topic', customer.url('/far')).expect(401)
  })

  it('behind a proxy that adds a credential is known by that', async () => {
    const auth = { method: 'bearer', secret: 'the-proxy-adds-it' }
    await makeWso2Source(hub, { id: 'proxied', topic_prefix: 'proxied.', auth })
    await wso2.register('proxied.topic').expect(401)
    const bearer = 'Bearer the-proxy-adds-it'
    await wso2.register('proxied.topic').set('Authorization', bearer).expect(200)
    await wso2.subscribe('proxied.topic', customer.url('/proxied')).set('Authorization', bearer).expect(202)
    expect(await settled(hub, customer.url('/proxied'), isActive)).toMatchObject({ source: 'proxied' })
  })
})

describe('a lease that WSO2 did not ask for', () => {
  it('is renewed by the hub, which asks the customer’s endpoint again', async () => {
    const brief = await startAcme({ env: { SIGNET_LEASE_MIN: '1', SIGNET_LEASE_DEFAULT: '2' } })
    const endpoint = await startReceiver()
    try {
      await makeWso2Source(brief)
      await adapter(brief).register(SESSIONS).expect(200)
      await adapter(brief).subscribe(SESSIONS, endpoint.url('/kept')).expect(202)
      const first = await settled(brief, endpoint.url('/kept'), isActive)
      await endpoint.waitFor(() => verifications(endpoint, '/kept').length >= 3)
      await until(async () => {
        const now = await settled(brief, endpoint.url('/kept'), isActive)
        return Date.parse(now.lease_expires_at ?? '') >= Date.parse(first.lease_expires_at ?? '') + 2_000
      })
    } finally {
      await brief.close()
      await endpoint.close()
    }
  })
})
