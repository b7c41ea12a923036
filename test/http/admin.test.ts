/** The admin API: what each resource takes, gives and refuses. */
import { beforeAll, describe, expect, it } from 'vitest'
import { type AcmeHub, casdoorLogin } from '../support/acme.ts'
import { admin, TIME } from '../support/admin-api.ts'
import type { Receiver } from '../support/receiver.ts'
import { newSource, newSubscriber } from '../support/resources.ts'
import { startScene } from '../support/scene.ts'
import { formFor, isActive, post, settled } from '../support/subscriptions.ts'

let hub: AcmeHub
let receiver: Receiver

beforeAll(async () => {
  const scene = await startScene()
  ;({ hub, receiver } = scene)
  return scene.close
})

const ask = (method: 'get' | 'post' | 'delete', path: string, body?: object | string) =>
  admin(hub, method, path, body)

const time = expect.stringMatching(TIME) as string

describe('a tenant', () => {
  it('is made, read, listed and deleted', async () => {
    const tenant = { id: 'zoo', subscribe: 'token', topic: `${hub.url}/topics/zoo`, created_at: time }
    expect((await ask('post', '/tenants', { id: 'zoo' }).expect(201)).body).toEqual(tenant)
    expect((await ask('get', '/tenants/zoo').expect(200)).body).toEqual(tenant)
    const list = (await ask('get', '/tenants').expect(200)).body as { items: object[]; next: unknown }
    expect(list.items).toContainEqual(tenant)
    expect(list.next).toBeNull()
    const deleted = await ask('delete', '/tenants/zoo').expect(204)
    expect(deleted.text).toBe('')
    await ask('get', '/tenants/zoo').expect(404)
    await ask('delete', '/tenants/zoo').expect(404)
  })

  it('is open only when that is said twice', async () => {
    await ask('post', '/tenants', { id: 'agora', subscribe: 'open' }).expect(400)
    await ask('post', '/tenants', { id: 'agora', subscribe: 'open', confirm_public: false }).expect(400)
    const made = await ask('post', '/tenants', { id: 'agora', subscribe: 'open', confirm_public: true })
    expect(made.body).toMatchObject({ id: 'agora', subscribe: 'open' })
  })
})

describe('a source', () => {
  it('is made, read, listed and deleted; a secret that was given is not repeated', async () => {
    const shown = {
      ...newSource(),
      auth: { method: 'bearer' },
      disclose: ['username', 'email', 'ip', 'user_agent'],
      publish_unmapped: false,
      url: `${hub.url}/in/door`,
      created_at: time,
      last_accepted_at: null,
      last_refused_at: null,
      last_refused_why: null,
    }
    expect((await ask('post', '/sources', newSource()).expect(201)).body).toEqual(shown)
    const read = (await ask('get', '/sources/door').expect(200)).body as object
    expect(read).toEqual(shown)
    expect(((await ask('get', '/sources').expect(200)).body as { items: object[] }).items).toContainEqual(
      read,
    )
    await ask('delete', '/sources/door').expect(204)
    await ask('get', '/sources/door').expect(404)
  })

  it('gets a secret when none is given', async () => {
    const made = await ask('post', '/sources', newSource({ id: 'made', auth: { method: 'bearer' } })).expect(
      201,
    )
    expect((made.body as { auth: object }).auth).toEqual({
      method: 'bearer',
      secret: expect.stringMatching(/^[\w-]{43}$/) as string,
    })
  })

  it('may have an age for its events', async () => {
    const logto = (id: string, changes = {}) =>
      ask('post', '/sources', newSource({ id, provider: 'logto', auth: { method: 'hmac' }, ...changes }))
    expect((await logto('l1').expect(201)).body).toMatchObject({ max_age: 86_400 })
    expect((await logto('l0', { max_age: null }).expect(201)).body).not.toHaveProperty('max_age')
    expect((await logto('l2', { max_age: 3600 }).expect(201)).body).toMatchObject({ max_age: 3600 })
    expect((await ask('get', '/sources/l2').expect(200)).body).toMatchObject({ max_age: 3600 })
    for (const max_age of [59, 0.5, '3600']) await logto('l3', { max_age }).expect(400)
  })

  it.each([
    ['a method that its provider has not', { auth: { method: 'hmac' } }, /auth\.method is one of bearer/],
    ['another provider', { provider: 'nobody' }, /provider/],
    ['an issuer that is no URL', { issuer: 'door' }, /issuer/],
    ['an unknown field to disclose', { disclose: ['password'] }, /disclose/],
    ['a short secret', { auth: { method: 'bearer', secret: 'short' } }, /secret/],
    ['unmapped events of its own', { provider: 'json', publish_unmapped: true }, /publish_unmapped/],
    ['unmapped events of its own, unsaid', { provider: 'json', publish_unmapped: false }, /publish_unmapped/],
    ['a field in auth that is not known', { auth: { method: 'bearer', sekret: 'a-long-secret' } }, /sekret/],
  ])('with %s is refused', async (_what, changes, detail) => {
    const answer = await ask('post', '/sources', newSource({ id: 'bad', ...changes })).expect(400)
    expect((answer.body as { detail: string }).detail).toMatch(detail)
    await ask('get', '/sources/bad').expect(404)
  })
})

describe('a subscriber', () => {
  it('is made, read, listed and deleted; its token is shown once', async () => {
    const shown = { ...newSubscriber(), expires_at: null, old_token_until: null, created_at: time }
    const made = (await ask('post', '/subscribers', newSubscriber()).expect(201)).body as { token: string }
    expect(made).toEqual({ ...shown, token: expect.stringMatching(/^[\w-]{43}$/) as string })
    expect((await ask('get', '/subscribers/crm').expect(200)).body).toEqual(shown)
    const list = (await ask('get', '/subscribers').expect(200)).body as { items: object[] }
    expect(list.items).toContainEqual(shown)
    await ask('delete', '/subscribers/crm').expect(204)
    await ask('get', '/subscribers/crm').expect(404)
  })

  it.each(['**', 'nonsense', 'login/nonsense', 'login/', '/login', 'login/failed/x', 'Login', ''])(
    'cannot be for "%s"',
    async (topic) => {
      await ask('post', '/subscribers', newSubscriber({ topics: [topic] })).expect(400)
    },
  )
})

describe('what is watched', () => {
  it('subscriptions, events and deliveries are listed and read', async () => {
    const callback = receiver.url('/watched?key=1')
    await post(hub, formFor(hub, callback, { 'hub.topic': hub.topic('/login/succeeded') })).expect(202)
    const { id } = await settled(hub, callback, isActive)
    const { events } = await hub.casdoor(casdoorLogin('watched'))
    await receiver.waitFor(() => receiver.deliveries().length === 1)

    await settled(hub, callback, ({ last_success_at }) => last_success_at !== null)
    const read = (await ask('get', `/subscriptions/${id}`).expect(200)).body as object
    expect(read).toEqual({
      id,
      tenant: 'acme',
      subscriber: 'siem',
      webhook: null,
      source: null,
      topic: hub.topic('/login/succeeded'),
      callback,
      state: 'active',
      ended_why: null,
      lease_expires_at: time,
      renewed_by_hub: false,
      signed: false,
      verification: 'subscribe confirmed',
      verification_at: time,
      verifications: [{ settled_at: time, mode: 'subscribe', outcome: 'confirmed', reason: null }],
      waiting: 0,
      failing_since: null,
      held_until: null,
      last_success_at: time,
      last_failure_at: null,
      last_failure: null,
      created_at: time,
    })
    const jti = events[0]?.jti ?? ''
    const event = (await ask('get', `/events/${jti}`).expect(200)).body as { set: string }
    expect(event).toEqual({
      jti,
      tenant: 'acme',
      source: 'casdoor',
      native: 'login',
      category: 'login',
      name: 'succeeded',
      txn: expect.any(String) as string,
      occurred_at: '2026-08-22T08:53:36.000Z',
      accepted_at: time,
      set: receiver.deliveries()[0]?.body.toString(),
      kept: true,
      topics: expect.arrayContaining([hub.topic(), hub.topic('/login')]) as string[],
    })
    const { items } = (await ask('get', '/deliveries').expect(200)).body as { items: { id: string }[] }
    const delivery = (await ask('get', `/deliveries/${items[0]?.id ?? ''}`).expect(200)).body as object
    expect(delivery).toMatchObject({ subscription: id, topic: hub.topic('/login/succeeded'), jti })
    await ask('delete', `/subscriptions/${id}`).expect(204)
    await ask('get', `/subscriptions/${id}`).expect(404)
  })

  it('is not made, changed or deleted here', async () => {
    for (const path of ['/events', '/deliveries', '/subscriptions']) await ask('post', path, {}).expect(405)
    for (const path of ['/events/1', '/deliveries/1']) await ask('delete', path).expect(405)
  })
})

it.each([
  ['/tenants', { id: 'acme' }],
  ['/sources', newSource({ id: 'casdoor' })],
  ['/subscribers', newSubscriber({ id: 'siem' })],
])('an id that %s has already is 409, and nothing changes', async (path, body) => {
  const before: unknown = (await ask('get', `${path}/${body.id}`).expect(200)).body
  await ask('post', path, body).expect(409)
  expect((await ask('get', `${path}/${body.id}`).expect(200)).body).toEqual(before)
})

it('a source cannot have the name by which the hub’s own tests go', async () => {
  await ask('post', '/sources', newSource({ id: 'signet' })).expect(409)
})

it.each([
  ['/sources', newSource({ tenant: 'nowhere' })],
  ['/subscribers', newSubscriber({ tenant: 'nowhere' })],
])('%s of a tenant that is not there is 404', async (path, body) => {
  await ask('post', path, body).expect(404)
})

it.each(['/nothing', '/tenants/acme/more', ''])('"%s" is 404, as a problem', async (path) => {
  const answer = await ask('get', path).expect(404)
  expect(answer.headers['content-type']).toBe('application/problem+json')
})
