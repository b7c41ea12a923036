/** Webhooks in the admin API: what is made, shown and refused. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type AcmeHub, casdoorLogin } from '../support/acme.ts'
import { admin, TIME } from '../support/admin-api.ts'
import { type Receiver, willing } from '../support/receiver.ts'
import { startScene } from '../support/scene.ts'
import {
  deliveriesTo,
  formFor,
  isActive,
  post,
  settled,
  signature,
  subscriptionsOf,
  verifications,
} from '../support/subscriptions.ts'
import { API_KEY, newWebhook, read, whenAll } from '../support/webhooks.ts'

let hub: AcmeHub
let receiver: Receiver
let target: string
let n = 0

beforeAll(async () => {
  const scene = await startScene()
  ;({ hub, receiver } = scene)
  return scene.close
})

beforeEach(() => {
  receiver.reply(willing)
  target = `/hook-${(n += 1)}`
})

const time = expect.stringMatching(TIME) as string
const make = (changes: object = {}) =>
  admin(hub, 'post', '/webhooks', newWebhook(receiver.url(target), changes))
const patch = (id: string, changes: object) => admin(hub, 'patch', `/webhooks/${id}`, changes)
const countOf = async () => (await hub.admin.get<{ items: unknown[] }>('/webhooks?limit=500')).items.length

describe('a webhook', () => {
  it('is made with a subscription for each topic, verified, read and listed', async () => {
    const body = newWebhook(receiver.url(target), {
      description: 'what customers do',
      topics: ['user', 'login/failed', '*'],
    })
    const made = (await admin(hub, 'post', '/webhooks', body).expect(202)).body as { id: string }
    const shown = {
      id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      tenant: 'acme',
      name: 'CRM',
      description: 'what customers do',
      url: receiver.url(target),
      header_names: ['X-Api-Key'],
      topics: ['user', 'login/failed', '*'],
      format: 'jwt',
      verification: 'challenge',
      paused: false,
      created_at: time,
      last_success_at: null,
      last_failure_at: null,
      last_failure: null,
    }
    const subscription = (path: string, state: string) =>
      expect.objectContaining({ id: expect.any(String) as string, topic: hub.topic(path), state }) as object
    expect(made).toEqual({
      ...shown,
      subscriptions: [
        subscription('/user', 'pending'),
        subscription('/login/failed', 'pending'),
        subscription('', 'pending'),
      ],
    })
    const { subscriptions } = await whenAll(hub, made.id, 'active')
    expect(subscriptions).toHaveLength(3)
    expect(subscriptions[0]).toMatchObject({
      webhook: made.id,
      subscriber: null,
      callback: receiver.url(target),
      signed: true,
      renewed_by_hub: true,
      verification: 'subscribe confirmed',
    })
    expect(verifications(receiver, `${target}?`)).toHaveLength(3)
    const { items } = await hub.admin.get<{ items: object[] }>('/webhooks?tenant=acme')
    expect(items).toContainEqual(shown)
    expect(await hub.admin.get('/webhooks?tenant=elsewhere')).toEqual({ items: [], next: null })
  })

  it('has a secret made when none is given, which signs and is shown once', async () => {
    const { id, secret } = (await make({ secret: undefined }).expect(202)).body as {
      id: string
      secret: string
    }
    expect(secret).toMatch(/^[\w-]{43}$/)
    const { subscriptions, ...rest } = await whenAll(hub, id, 'active')
    expect(JSON.stringify([subscriptions, rest])).not.toContain(secret)
    await hub.casdoor(casdoorLogin(target))
    await receiver.waitFor(() => deliveriesTo(receiver, target).length === 1)
    const [delivery] = deliveriesTo(receiver, target)
    expect(delivery?.headers['x-hub-signature']).toBe(signature(secret, delivery?.body ?? Buffer.of()))
  })

  it('is not made of what is refused, and nothing is left of it', async () => {
    const before = await countOf()
    const cases: [object, number, RegExp][] = [
      [{ tenant: 'nowhere' }, 404, /no such tenant/],
      [{ tenant: undefined }, 400, /tenant/],
      [{ name: undefined }, 400, /name/],
      [{ name: '' }, 400, /name/],
      [{ topics: [] }, 400, /topics/],
      [{ topics: ['user', 'user'] }, 400, /topics/],
      [{ topics: ['user', 'nonsense'] }, 400, /topics holds something else/],
      [{ topics: ['login/'] }, 400, /topics holds something else/],
      [{ url: 'http://10.0.0.1/' }, 400, /^url is not allowed/],
      [{ url: 'https://user:pass@crm.example/' }, 400, /^url has a user name/],
      [{ url: 'crm' }, 400, /^url is not an absolute/],
      [{ url: undefined }, 400, /url/],
      [{ headers: { Host: 'evil.example' } }, 400, /^headers has host/],
      [{ headers: { 'X-Hub-Signature': 'sha256=0' } }, 400, /^headers has x-hub-signature/],
      [{ headers: { 'X-Key': `${API_KEY}\r\nX-Evil: 1` } }, 400, /^headers has a value of X-Key/],
      [{ headers: { 'X-Key': 1 } }, 400, /headers/],
      [{ secret: '' }, 400, /secret/],
      [{ secret: 'é'.repeat(100) }, 400, /^secret is 200 bytes or longer/],
      [{ format: 'xml' }, 400, /format/],
      [{ verification: 'none' }, 400, /verification/],
      [{ id: 'mine' }, 400, /id/],
      [{ topic: '*' }, 400, /topic/],
    ]
    for (const [changes, status, detail] of cases) {
      const answer = await make(changes)
      expect([changes, answer.status]).toEqual([changes, status])
      expect(answer.headers['content-type']).toBe('application/problem+json')
      expect((answer.body as { detail: string }).detail).toMatch(detail)
      expect(answer.text).not.toContain(API_KEY)
    }
    expect(await countOf()).toBe(before)
    expect(await subscriptionsOf(hub, receiver.url(target))).toEqual([])
    await make({ secret: 'é'.repeat(99) }).expect(202)
  })

  it('cannot have what is another’s, in part or as a whole', async () => {
    const callback = receiver.url(target)
    await post(hub, formFor(hub, callback, { 'hub.topic': hub.topic('/role') })).expect(202)
    await settled(hub, callback, isActive)
    const before = await countOf()
    const answer = await make({ topics: ['user', 'role'] }).expect(409)
    expect(answer.headers['content-type']).toBe('application/problem+json')
    expect(await countOf()).toBe(before)
    expect(await subscriptionsOf(hub, callback)).toMatchObject([
      { topic: hub.topic('/role'), subscriber: 'siem' },
    ])
    await make({ topics: ['user'] }).expect(202)
    await make({ topics: ['user'] }).expect(409)
  })

  it('whose receiver does not agree shows why, and is asked again when it is changed to what it is', async () => {
    receiver.reply(() => ({ status: 404 }))
    const { id } = (await make().expect(202)).body as { id: string }
    const { subscriptions } = await whenAll(hub, id, 'ended')
    expect(subscriptions).toMatchObject([{ ended_why: 'not verified: the callback answered 404' }])
    receiver.reply(willing)
    await patch(id, { name: 'ERP' }).expect(200)
    expect(await read(hub, id)).toMatchObject({ name: 'ERP', subscriptions: [{ state: 'ended' }] })
    await patch(id, { url: receiver.url(target) }).expect(202)
    await whenAll(hub, id, 'active')
  })

  it('that is not there is 404, whatever is wanted of it', async () => {
    for (const method of ['get', 'delete'] as const) await admin(hub, method, '/webhooks/none').expect(404)
    await patch('none', { name: 'x' }).expect(404)
    await admin(hub, 'post', '/webhooks/none/test').expect(404)
    await admin(hub, 'post', '/subscriptions/none/test').expect(404)
    await admin(hub, 'patch', '/subscriptions/none', { paused: true }).expect(404)
  })
})
