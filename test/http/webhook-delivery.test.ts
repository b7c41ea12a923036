/** What a webhook's receiver gets: headers, format, tests, pauses, and a word that the operator gives for it. */
import { beforeEach, describe, expect, it } from 'vitest'
import { type AcmeHub, casdoorLogin } from '../support/acme.ts'
import { admin } from '../support/admin-api.ts'
import type { MovableClock } from '../support/movable-clock.ts'
import { type Received, type Receiver, willing } from '../support/receiver.ts'
import { startScene } from '../support/scene.ts'
import { deliveriesTo, formFor, isActive, post, settled, signature } from '../support/subscriptions.ts'
import { until } from '../support/until.ts'
import { verifySet } from '../support/verify-set.ts'
import { activeWebhook, API_KEY, newWebhook, read, SECRET, whenAll } from '../support/webhooks.ts'

const HOOK = '/hook'

let hub: AcmeHub
let receiver: Receiver
let clock: MovableClock

beforeEach(async () => {
  const scene = await startScene({ SIGNET_RETRY_SCHEDULE: '1h' })
  ;({ hub, receiver, clock } = scene)
  return scene.close
})

const patch = (id: string, changes: object) => admin(hub, 'patch', `/webhooks/${id}`, changes)
const arrived = async (count: number, target = HOOK): Promise<Received> => {
  await receiver.waitFor(() => deliveriesTo(receiver, target).length >= count)
  return deliveriesTo(receiver, target)[count - 1] as unknown as Received
}
const asked = () => receiver.requests.filter(({ method }) => method === 'GET')

describe('a delivery', () => {
  it('has the headers of the webhook beside the hub’s own, signed, once each', async () => {
    const headers = { 'X-Api-Key': API_KEY, authorization: 'Basic Y3Jt', __proto__x: 'odd' }
    const { id, url } = await activeWebhook(hub, receiver.url(HOOK), { headers })
    await hub.casdoor(casdoorLogin('one'))
    const delivery = await arrived(1)
    expect(delivery.headers).toMatchObject({
      'x-api-key': API_KEY,
      authorization: 'Basic Y3Jt',
      __proto__x: 'odd',
      'content-type': 'application/secevent+jwt',
      accept: 'application/json',
      link: `<${hub.url}/hub>; rel="hub", <${hub.topic('/login/succeeded')}>; rel="self"`,
      'x-hub-signature': signature(SECRET, delivery.body),
    })
    const names = delivery.rawHeaders.map(([name]) => name.toLowerCase())
    expect(new Set(names).size).toBe(names.length)
    await verifySet(hub, delivery.body.toString(), hub.topic('/login/succeeded'))
    // They go with deliveries alone, and to nobody else.
    expect(asked().every((request) => !('x-api-key' in request.headers))).toBe(true)
    await hub.subscribe(receiver, { target: '/other' })
    await hub.casdoor(casdoorLogin('two'))
    expect((await arrived(1, '/other')).headers).not.toHaveProperty('x-api-key')

    await patch(id, { headers: { 'X-New': '2' } }).expect(200)
    await hub.casdoor(casdoorLogin('three'))
    const third = await arrived(3)
    expect(third.headers).toMatchObject({ 'x-new': '2' })
    expect(third.headers).not.toHaveProperty('x-api-key')
    await until(async () => (await read(hub, id)).last_success_at !== null)
    expect(url).toBe(receiver.url(HOOK))
  })

  it('as JSON is the claims of the SET to the byte, signed, the same at every attempt', async () => {
    const { id } = await activeWebhook(hub, receiver.url(HOOK), { format: 'json' })
    receiver.reply((request) => (request.method === 'POST' ? { status: 500 } : willing(request)))
    const { events } = await hub.casdoor(casdoorLogin('one'))
    const first = await arrived(1)
    expect(first.headers['content-type']).toBe('application/json')
    const jti = events.find(({ topic }) => topic === hub.topic('/login/succeeded'))?.jti ?? ''
    const { set } = await hub.admin.get<{ set: string }>(`/events/${jti}`)
    expect(first.body).toEqual(Buffer.from(set.split('.')[1] ?? '', 'base64url'))
    expect(JSON.parse(first.body.toString())).toMatchObject({ jti, iss: hub.url })
    await until(async () => (await read(hub, id)).last_failure === 'refused (500)')

    receiver.reply(willing)
    clock.ahead += 3_600_000
    const again = await arrived(2)
    expect(again.body).toEqual(first.body)
    for (const { headers, body } of [first, again])
      expect(headers['x-hub-signature']).toBe(signature(SECRET, body))

    // What waits goes out as the webhook wants it when it goes out.
    await patch(id, { format: 'jwt' }).expect(200)
    await hub.casdoor(casdoorLogin('two'))
    expect((await arrived(3)).headers['content-type']).toBe('application/secevent+jwt')
  })
})

describe('a test', () => {
  const test = (path: string) => admin(hub, 'post', `${path}/test`)
  interface Sent {
    jti: string
    deliveries: string[]
  }

  it('of a webhook is a SET to each of its subscriptions, and on no topic', async () => {
    const { id } = await activeWebhook(hub, receiver.url(HOOK), { topics: ['user', 'login/failed'] })
    await hub.subscribe(receiver, { target: '/other' })
    const sent = (await test(`/webhooks/${id}`).expect(202)).body as Sent
    expect(sent.deliveries).toHaveLength(2)
    const [first, second] = [await arrived(1), await arrived(2)]
    expect(first.body).toEqual(second.body)
    expect(first.headers['x-api-key']).toBe(API_KEY)
    const { payload } = await verifySet(hub, first.body.toString(), hub.topic('/user'))
    expect(payload).toMatchObject({
      jti: sent.jti,
      aud: [hub.topic('/user'), hub.topic('/login/failed')],
      sub_id: { format: 'opaque', id: 'signet' },
      events: {
        'urn:signet:event:system:test': { source: { id: 'signet', provider: 'signet', event: 'test' } },
      },
    })
    for (const delivery of sent.deliveries) {
      await until(async () => (await hub.admin.get(`/deliveries/${delivery}`)).state === 'delivered')
    }
    expect(await hub.admin.get(`/events/${sent.jti}`)).toMatchObject({
      topics: [],
      source: 'signet',
      name: 'test',
    })
    for (const path of ['', '/system', '/user']) {
      await hub.http.get(`/topics/acme${path}`).set('Authorization', `Bearer ${hub.token}`).expect(204)
    }
    expect(deliveriesTo(receiver, '/other')).toEqual([])
    expect(await read(hub, id)).toMatchObject({ last_success_at: expect.any(String) as string })
  })

  it('of a subscription goes to it alone', async () => {
    const { id } = await activeWebhook(hub, receiver.url(HOOK))
    await post(hub, formFor(hub, receiver.url('/other'))).expect(202)
    const other = await settled(hub, receiver.url('/other'), isActive)
    const sent = (await test(`/subscriptions/${other.id}`).expect(202)).body as Sent
    expect(sent.deliveries).toHaveLength(1)
    const { payload } = await verifySet(hub, (await arrived(1, '/other')).body.toString(), hub.topic())
    expect(payload).toMatchObject({ jti: sent.jti, aud: [hub.topic()] })
    await test(`/webhooks/${id}`).expect(202)
    await arrived(1)
    expect(deliveriesTo(receiver, '/other')).toHaveLength(1)
  })

  it('is 409 where none is active, and leaves no event behind', async () => {
    receiver.reply(() => ({ status: 500 }))
    const { id, subscriptions } = await hub.admin.post<{ id: string; subscriptions: { id: string }[] }>(
      '/webhooks',
      newWebhook(receiver.url(HOOK)),
    )
    await test(`/webhooks/${id}`).expect(409)
    await test(`/subscriptions/${subscriptions[0]?.id ?? ''}`).expect(409)
    expect(await hub.admin.get('/events')).toEqual({ items: [], next: null })
  })

  it('is 409 where all are paused', async () => {
    const { id } = await activeWebhook(hub, receiver.url(HOOK))
    await patch(id, { paused: true }).expect(200)
    await test(`/webhooks/${id}`).expect(409)
  })
})

describe('a pause', () => {
  it('keeps what is accepted meanwhile, and sends it when it is over', async () => {
    const { id } = await activeWebhook(hub, receiver.url(HOOK))
    await patch(id, { paused: true }).expect(200)
    await hub.subscribe(receiver, { target: '/other' })
    await hub.casdoor(casdoorLogin('one'))
    await hub.casdoor(casdoorLogin('two'))
    await arrived(2, '/other')
    expect(deliveriesTo(receiver, HOOK)).toEqual([])
    await patch(id, { paused: false }).expect(200)
    await arrived(2)
  })

  it('of one subscription is of no other', async () => {
    await activeWebhook(hub, receiver.url(HOOK))
    await post(hub, formFor(hub, receiver.url('/other'), { 'hub.topic': hub.topic('/login') })).expect(202)
    const { id } = await settled(hub, receiver.url('/other'), isActive)
    const pause = (paused: unknown) => admin(hub, 'patch', `/subscriptions/${id}`, { paused })
    expect((await pause(true).expect(200)).body).toMatchObject({ id, state: 'paused' })
    await pause('yes').expect(400)
    await admin(hub, 'patch', `/subscriptions/${id}`, {}).expect(400)
    await admin(hub, 'patch', `/subscriptions/${id}`, { paused: true, topic: 'x' }).expect(400)
    await hub.casdoor(casdoorLogin('one'))
    await arrived(1)
    expect(deliveriesTo(receiver, '/other')).toEqual([])
    expect((await pause(false).expect(200)).body).toMatchObject({ id, state: 'active' })
    await arrived(1, '/other')
    await post(
      hub,
      formFor(hub, receiver.url('/other'), { 'hub.mode': 'unsubscribe', 'hub.topic': hub.topic('/login') }),
    )
    await settled(hub, receiver.url('/other'), ({ state }) => state === 'ended')
    await pause(true).expect(409)
  })
})

describe('a pause while another asks for the same', () => {
  /** Nobody is confirmed before both have asked. */
  const busy = () => receiver.reply(() => ({ status: 503 }))
  const agree = async (reached: Parameters<typeof settled>[2]) => {
    receiver.reply(willing)
    clock.ahead += 60_000
    return settled(hub, receiver.url(HOOK), reached)
  }
  const subscriberAsks = () =>
    post(hub, formFor(hub, receiver.url(HOOK), { 'hub.topic': hub.topic('/login/succeeded') })).expect(202)

  it('does not hold back the subscriber who gets it', async () => {
    busy()
    const { id } = await hub.admin.post<{ id: string }>('/webhooks', newWebhook(receiver.url(HOOK)))
    await patch(id, { paused: true }).expect(200)
    await subscriberAsks()
    await hub.admin.delete(`/webhooks/${id}`)
    await agree(({ subscriber, state }) => subscriber === 'siem' && state === 'active')
  })

  it('holds when the webhook gets it', async () => {
    busy()
    await subscriberAsks()
    const { id } = await hub.admin.post<{ id: string }>('/webhooks', newWebhook(receiver.url(HOOK)))
    await patch(id, { paused: true }).expect(200)
    await hub.admin.delete('/subscribers/siem')
    await agree(({ webhook, state }) => webhook === id && state === 'paused')
  })
})

describe('the operator’s word', () => {
  it('stands for the challenge: nothing is asked, then or when the lease is renewed', async () => {
    receiver.reply((request) => (request.method === 'GET' ? { status: 405 } : { status: 204 }))
    const { id, subscriptions } = await activeWebhook(hub, receiver.url(HOOK), { verification: 'operator' })
    expect(subscriptions).toMatchObject([{ verification: 'the operator vouches', renewed_by_hub: true }])
    await hub.casdoor(casdoorLogin('one'))
    await arrived(1)
    const ends = subscriptions[0]?.lease_expires_at ?? ''
    clock.ahead += 7 * 86_400_000
    await until(async () => (await read(hub, id)).subscriptions[0]?.lease_expires_at !== ends)
    await admin(hub, 'delete', `/webhooks/${id}`).expect(204)
    await post(hub, formFor(hub, receiver.url('/later'))).expect(202)
    await receiver.waitFor(() => asked().length > 0)
    expect(asked().filter(({ url }) => url.startsWith(HOOK))).toEqual([])
  })

  it('can be given and taken back later; what is active stays until the receiver has refused or agreed', async () => {
    const { id } = await activeWebhook(hub, receiver.url(HOOK))
    await patch(id, { verification: 'operator' }).expect(202)
    await settled(hub, receiver.url(HOOK), ({ verification }) => verification === 'the operator vouches')
    receiver.reply((request) => (request.method === 'GET' ? { status: 405 } : { status: 204 }))
    await patch(id, { verification: 'challenge' }).expect(202)
    await settled(hub, receiver.url(HOOK), ({ verification }) =>
      (verification ?? '').includes('answered 405'),
    )
    expect((await whenAll(hub, id, 'active')).subscriptions).toHaveLength(1)
    receiver.reply(willing)
    await patch(id, { verification: 'challenge' }).expect(202)
    await settled(hub, receiver.url(HOOK), ({ verification }) => verification === 'subscribe confirmed')
    await patch(id, { verification: 'challenge' }).expect(200)
  })
})
