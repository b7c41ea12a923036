/** The admin API: what each resource takes, gives and refuses. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AcmeHub, casdoorLogin, startAcme } from '../support/acme.ts'
import { ADMIN_TOKEN } from '../support/hub.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'
import { formFor, isActive, post, settled } from '../support/subscriptions.ts'

let hub: AcmeHub
let receiver: Receiver

beforeAll(async () => {
  hub = await startAcme()
  receiver = await startReceiver()
})

afterAll(async () => {
  await hub.close()
  await receiver.close()
})

type Method = 'get' | 'post' | 'delete'

const ask = (method: Method, path: string, body?: object | string) => {
  const request = hub.http[method](`/admin/v1${path}`).set('Authorization', `Bearer ${ADMIN_TOKEN}`)
  return body === undefined ? request : request.set('Content-Type', 'application/json').send(body)
}

const source = (changes: object = {}) => ({
  id: 'door',
  tenant: 'acme',
  provider: 'casdoor',
  issuer: 'https://door.acme.example',
  auth: { method: 'bearer', secret: 'a-secret-of-the-door' },
  ...changes,
})

const subscriber = (changes: object = {}) => ({ id: 'crm', tenant: 'acme', topics: ['user'], ...changes })

const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string

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
      ...source(),
      auth: { method: 'bearer' },
      disclose: ['username', 'email', 'ip', 'user_agent'],
      publish_unmapped: false,
      url: `${hub.url}/in/door`,
      created_at: time,
      last_accepted_at: null,
      last_refused_at: null,
      last_refused_why: null,
    }
    expect((await ask('post', '/sources', source()).expect(201)).body).toEqual(shown)
    const read = (await ask('get', '/sources/door').expect(200)).body as object
    expect(read).toEqual(shown)
    expect(((await ask('get', '/sources').expect(200)).body as { items: object[] }).items).toContainEqual(
      read,
    )
    await ask('delete', '/sources/door').expect(204)
    await ask('get', '/sources/door').expect(404)
  })

  it('gets a secret when none is given', async () => {
    const made = await ask('post', '/sources', source({ id: 'made', auth: { method: 'bearer' } })).expect(201)
    expect((made.body as { auth: object }).auth).toEqual({
      method: 'bearer',
      secret: expect.stringMatching(/^[\w-]{43}$/) as string,
    })
  })

  it('may have an age for its events', async () => {
    const logto = (id: string, changes = {}) =>
      ask('post', '/sources', source({ id, provider: 'logto', auth: { method: 'hmac' }, ...changes }))
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
    const answer = await ask('post', '/sources', source({ id: 'bad', ...changes })).expect(400)
    expect((answer.body as { detail: string }).detail).toMatch(detail)
    await ask('get', '/sources/bad').expect(404)
  })
})

describe('a subscriber', () => {
  it('is made, read, listed and deleted; its token is shown once', async () => {
    const shown = { ...subscriber(), expires_at: null, old_token_until: null, created_at: time }
    const made = (await ask('post', '/subscribers', subscriber()).expect(201)).body as { token: string }
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
      await ask('post', '/subscribers', subscriber({ topics: [topic] })).expect(400)
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

describe('pages', () => {
  const ids = Array.from({ length: 7 }, (_, n) => `page-${n}`)

  beforeAll(async () => {
    for (const id of ids) await ask('post', '/subscribers', subscriber({ id })).expect(201)
    for (const id of ids) await hub.casdoor(casdoorLogin(id))
  })

  /** Every item, page by page, with something added between two pages. */
  async function pages<T>(path: string, added: (page: number) => Promise<unknown>): Promise<T[]> {
    const all: T[] = []
    let cursor = ''
    for (let page = 0; ; page += 1) {
      const answer = await ask('get', `${path}?limit=3${cursor}`).expect(200)
      const { items, next } = answer.body as { items: T[]; next: string | null }
      all.push(...items)
      if (next === null) return all
      expect(items).toHaveLength(3)
      cursor = `&cursor=${encodeURIComponent(next)}`
      await added(page)
    }
  }

  it('by id neither repeat nor leave out, while rows are added', async () => {
    const all = await pages<{ id: string }>('/subscribers', (page) =>
      ask('post', '/subscribers', subscriber({ id: `a-page-${page}` })).expect(201),
    )
    const seen = all.map(({ id }) => id).filter((id) => id.startsWith('page-'))
    expect(seen).toEqual(ids)
  })

  it('by time neither repeat nor leave out, while events arrive', async () => {
    const { items: before } = (await ask('get', '/events?limit=500').expect(200)).body as {
      items: { jti: string }[]
    }
    const all = await pages<{ jti: string }>('/events', (page) => hub.casdoor(casdoorLogin(`while ${page}`)))
    expect(all.map(({ jti }) => jti)).toEqual(before.map(({ jti }) => jti))
  })

  it('end where the items end', async () => {
    const all = (await ask('get', '/subscribers').expect(200)).body as { items: object[]; next: null }
    expect(all.next).toBeNull()
    const exact = await ask('get', `/subscribers?limit=${all.items.length}`).expect(200)
    expect(exact.body).toEqual(all)
  })

  it('may be of one tenant', async () => {
    await ask('post', '/tenants', { id: 'few' }).expect(201)
    await ask('post', '/subscribers', subscriber({ id: 'of-few', tenant: 'few' })).expect(201)
    const { items } = (await ask('get', '/subscribers?tenant=few').expect(200)).body as { items: object[] }
    expect(items).toMatchObject([{ id: 'of-few' }])
    for (const path of ['/sources', '/events', '/deliveries', '/subscriptions']) {
      expect((await ask('get', `${path}?tenant=few`).expect(200)).body).toEqual({ items: [], next: null })
    }
  })

  it.each(['limit=0', 'limit=501', 'limit=x', 'limit=', 'limit=1&limit=2', 'size=3', 'LIMIT=3'])(
    '?%s is refused',
    async (query) => {
      await ask('get', `/events?${query}`).expect(400)
    },
  )

  it('of tenants are of all: a filter that has no effect is refused', async () => {
    await ask('get', '/tenants?tenant=acme').expect(400)
  })
})

describe('a body', () => {
  it.each([
    ['/tenants', { id: 'x', subscribr: 'open' }, /subscribr/],
    ['/sources', source({ id: 'x', discloze: [] }), /discloze/],
    ['/subscribers', subscriber({ id: 'x', topic: '*' }), /topic/],
  ])('to %s with an unknown field is refused by name', async (path, body, name) => {
    const answer = await ask('post', path, body).expect(400)
    expect(answer.headers['content-type']).toBe('application/problem+json')
    expect((answer.body as { detail: string }).detail).toMatch(name)
    await ask('get', `${path}/x`).expect(404)
  })

  it.each(['', 'A', 'a_b', '-a', 'a'.repeat(64), 'a/b', 'é'])('cannot have the id "%s"', async (id) => {
    await ask('post', '/tenants', { id }).expect(400)
  })

  it.each([
    ['no JSON', '{', 400],
    ['an array', '[]', 400],
    ['a text', '"x"', 400],
    ['too much', JSON.stringify({ id: 'x'.repeat(300_000) }), 413],
  ])('that is %s is refused', async (_what, body, status) => {
    const answer = await ask('post', '/tenants', body).expect(status)
    expect(answer.headers['content-type']).toBe('application/problem+json')
    expect(answer.body).toMatchObject({ type: 'about:blank', status })
  })

  it('that is a form is 415', async () => {
    await ask('post', '/tenants').type('form').send({ id: 'x' }).expect(415)
  })

  it('must be there', async () => {
    await ask('post', '/tenants').expect(415)
    await ask('post', '/tenants', '').expect(400)
  })
})

it.each([
  ['/tenants', { id: 'acme' }],
  ['/sources', source({ id: 'casdoor' })],
  ['/subscribers', subscriber({ id: 'siem' })],
])('an id that %s has already is 409, and nothing changes', async (path, body) => {
  const before: unknown = (await ask('get', `${path}/${body.id}`).expect(200)).body
  await ask('post', path, body).expect(409)
  expect((await ask('get', `${path}/${body.id}`).expect(200)).body).toEqual(before)
})

it('a source cannot have the name by which the hub’s own tests go', async () => {
  await ask('post', '/sources', source({ id: 'signet' })).expect(409)
})

it.each([
  ['/sources', source({ tenant: 'nowhere' })],
  ['/subscribers', subscriber({ tenant: 'nowhere' })],
])('%s of a tenant that is not there is 404', async (path, body) => {
  await ask('post', path, body).expect(404)
})

it.each(['/nothing', '/tenants/acme/more', ''])('"%s" is 404, as a problem', async (path) => {
  const answer = await ask('get', path).expect(404)
  expect(answer.headers['content-type']).toBe('application/problem+json')
})
