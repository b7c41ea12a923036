/** WSO2 Identity Server on one side, its customer's endpoint on the other: topics by name, and subscriptions to them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AcmeHub, startAcme } from '../support/acme.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'
import { deliveriesTo, isActive, isEnded, settled, verifications } from '../support/subscriptions.ts'
import { until } from '../support/until.ts'
import {
  ACCEPTED,
  adapter,
  makeWso2Source,
  PREFIX,
  SESSIONS,
  startWso2,
  type Wso2,
  wso2Event,
} from '../support/wso2.ts'

let scene: Wso2
let hub: AcmeHub
let customer: Receiver
let wso2: Wso2['wso2']

beforeAll(async () => {
  scene = await startWso2()
  ;({ hub, customer, wso2 } = scene)
  await wso2.register(SESSIONS).expect(200)
})

afterAll(() => scene.close())

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
    await scene.onBehalf(topic, '/over?key=%7e')
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
