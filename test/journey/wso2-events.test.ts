/** What WSO2 publishes: as it came to its customer's endpoint, and as SETs to a subscriber of the hub's own topics. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AcmeHub } from '../support/acme.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'
import { deliveriesTo, signature } from '../support/subscriptions.ts'
import { verifySet } from '../support/verify-set.ts'
import {
  ACCEPTED,
  JSON_TYPE,
  LOGINS,
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
let subscriber: Receiver

beforeAll(async () => {
  scene = await startWso2()
  ;({ hub, customer, wso2 } = scene)
  subscriber = await startReceiver()
  await hub.subscribe(subscriber)
})

afterAll(async () => {
  await scene.close()
  await subscriber.close()
})

describe('an event', () => {
  it('goes to the topic’s subscribers as it came, and to the hub’s as SETs', async () => {
    await wso2.register(SESSIONS).expect(200)
    expect(await scene.onBehalf(SESSIONS, '/sessions')).toMatchObject({
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
    await scene.onBehalf(LOGINS, '/logins')
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
