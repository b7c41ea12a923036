/** Webhooks in the admin API: what is made, changed, shown and refused. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type AcmeHub, casdoorLogin, startAcme } from '../support/acme.ts'
import { type Receiver, startReceiver, willing } from '../support/receiver.ts'
import {
  deliveriesTo,
  formFor,
  isActive,
  parameter,
  post,
  settled,
  signature,
  subscriptionsOf,
  verifications,
} from '../support/subscriptions.ts'
import { activeWebhook, admin, API_KEY, newWebhook, read, SECRET, whenAll } from '../support/webhooks.ts'

let hub: AcmeHub
let receiver: Receiver
let target: string
let n = 0

beforeAll(async () => {
  hub = await startAcme()
  receiver = await startReceiver()
})

afterAll(async () => {
  await hub.close()
  await receiver.close()
})

beforeEach(() => {
  receiver.reply(willing)
  target = `/hook-${(n += 1)}`
})

const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string
const make = (changes: object = {}) =>
  admin(hub, 'post', '/webhooks', newWebhook(receiver.url(target), changes))
const patch = (id: string, changes: object) => admin(hub, 'patch', `/webhooks/${id}`, changes)
const denials = (at: string) =>
  verifications(receiver, at).filter((request) => parameter(request, 'hub.mode') === 'denied')
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

describe('changing', () => {
  it('name, description, headers, format and pause holds at once', async () => {
    const { id } = await activeWebhook(hub, receiver.url(target))
    const asked = verifications(receiver, `${target}?`).length
    const changes = { name: 'ERP', description: 'new', format: 'json', paused: true }
    const headers = { 'X-Other': 'v', Authorization: 'Bearer x' }
    const answer = await patch(id, { ...changes, headers }).expect(200)
    expect(answer.body).toMatchObject({
      ...changes,
      header_names: ['X-Other', 'Authorization'],
      subscriptions: [{ state: 'paused' }],
    })
    expect(answer.body).toEqual(await read(hub, id))
    expect((await patch(id, { headers: {}, paused: false }).expect(200)).body).toMatchObject({
      header_names: [],
      subscriptions: [{ state: 'active' }],
    })
    expect(verifications(receiver, `${target}?`)).toHaveLength(asked)
  })

  it('nothing is 200 and changes nothing', async () => {
    const made = await activeWebhook(hub, receiver.url(target))
    const { url, topics } = made
    const same = { name: 'CRM', url, topics, secret: SECRET, verification: 'challenge', format: 'jwt' }
    expect((await patch(made.id, same).expect(200)).body).toEqual(await read(hub, made.id))
    expect(await read(hub, made.id)).toEqual(made)
  })

  it('topics asks for the new ones, and tells the callback of those that are gone', async () => {
    const made = await activeWebhook(hub, receiver.url(target), { topics: ['login', 'user'] })
    const kept = made.subscriptions[0]
    const answer = await patch(made.id, { topics: ['login', 'role'] }).expect(202)
    expect(answer.body).toMatchObject({
      topics: ['login', 'role'],
      subscriptions: [kept, { topic: hub.topic('/role'), state: 'pending' }],
    })
    await whenAll(hub, made.id, 'active')
    await receiver.waitFor(() => denials(`${target}?`).length === 1)
    expect(parameter(denials(`${target}?`)[0], 'hub.topic')).toBe(hub.topic('/user'))
    expect(parameter(denials(`${target}?`)[0], 'hub.reason')).toBe('the webhook no longer has this topic')
    await patch(made.id, { topics: ['login'] }).expect(200)
    expect((await read(hub, made.id)).subscriptions).toHaveLength(1)
  })

  it('the URL ends what was, and asks the new one', async () => {
    const made = await activeWebhook(hub, receiver.url(target))
    const url = receiver.url(`${target}-new`)
    const answer = await patch(made.id, { url }).expect(202)
    expect(answer.body).toMatchObject({ url, subscriptions: [{ callback: url, state: 'pending' }] })
    await whenAll(hub, made.id, 'active')
    await receiver.waitFor(() => denials(`${target}?`).length === 1)
    await hub.casdoor(casdoorLogin(target))
    await receiver.waitFor(() => deliveriesTo(receiver, `${target}-new`).length === 1)
    expect(deliveriesTo(receiver, target)).toEqual([])
  })

  it('the secret holds once it is verified, for topics that come later too', async () => {
    const { id, subscriptions } = await activeWebhook(hub, receiver.url(target))
    const { promise: let_go, resolve: release } = Promise.withResolvers<undefined>()
    receiver.reply(async (request) => {
      if (request.method === 'GET') await let_go
      return willing(request)
    })
    const answer = await patch(id, { secret: 'another-secret-7' }).expect(202)
    expect(answer.body).toMatchObject({ subscriptions: [{ state: 'active' }] })
    expect(answer.text).not.toContain('another-secret-7')
    const signedBy = async (secret: string) => {
      const before = deliveriesTo(receiver, target).length
      await hub.casdoor(casdoorLogin(`${target} ${before}`))
      await receiver.waitFor(() => deliveriesTo(receiver, target).length > before)
      return deliveriesTo(receiver, target)
        .slice(before)
        .every(({ headers, body }) => headers['x-hub-signature'] === signature(secret, body))
    }
    expect(await signedBy(SECRET)).toBe(true)
    release(undefined)
    const { verification_at } = subscriptions[0] ?? {}
    await settled(hub, receiver.url(target), (now) => now.verification_at !== verification_at)
    expect(await signedBy('another-secret-7')).toBe(true)
    await patch(id, { topics: ['login/succeeded', 'login'] }).expect(202)
    await whenAll(hub, id, 'active')
    expect(await signedBy('another-secret-7')).toBe(true)
  })

  it.each([
    ['nothing at all', {}, 400],
    ['an unknown field', { nam: 'x' }, 400],
    ['the tenant', { tenant: 'acme' }, 400],
    ['a URL that may not be called', { url: 'http://192.168.0.1/' }, 400],
    ['an unknown topic', { topics: ['nonsense'] }, 400],
    ['no topic', { topics: [] }, 400],
    ['a header that is owned', { headers: { Connection: 'close' } }, 400],
    ['a secret that is too long', { secret: 'é'.repeat(100) }, 400],
    ['an unknown format', { format: 'xml' }, 400],
    ['a pause that is neither', { paused: 'yes' }, 400],
  ])('%s is refused, with all that stands beside it', async (_what, changes, status) => {
    const made = await activeWebhook(hub, receiver.url(target))
    const beside = Object.keys(changes).length === 0 ? {} : { description: 'not this' }
    const answer = await patch(made.id, { ...beside, ...changes }).expect(status)
    expect(answer.headers['content-type']).toBe('application/problem+json')
    expect(await read(hub, made.id)).toEqual(made)
  })

  it('to what is another’s is 409 and changes nothing', async () => {
    await activeWebhook(hub, receiver.url(`${target}-theirs`))
    const made = await activeWebhook(hub, receiver.url(target))
    await patch(made.id, { name: 'x', url: receiver.url(`${target}-theirs`) }).expect(409)
    expect(await read(hub, made.id)).toEqual(made)
  })
})

it('deleting ends its subscriptions, tells the callback, and sends nothing that waits', async () => {
  const { id } = await activeWebhook(hub, receiver.url(target))
  await patch(id, { paused: true }).expect(200)
  await hub.casdoor(casdoorLogin(target))
  await admin(hub, 'delete', `/webhooks/${id}`).expect(204)
  await admin(hub, 'get', `/webhooks/${id}`).expect(404)
  await receiver.waitFor(() => denials(`${target}?`).length === 1)
  expect(await subscriptionsOf(hub, receiver.url(target))).toMatchObject([
    { state: 'ended', ended_why: 'its webhook was deleted', webhook: id },
  ])
  // Made again under the same URL, it gets what comes from then on.
  await activeWebhook(hub, receiver.url(target))
  await hub.casdoor(casdoorLogin(`${target} again`))
  await receiver.waitFor(() => deliveriesTo(receiver, target).length === 1)
  expect(deliveriesTo(receiver, target)).toHaveLength(1)
})
