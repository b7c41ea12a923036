/** `POST /hub`: who may subscribe to what, and what each of the others learns. */
import { beforeAll, describe, expect, it } from 'vitest'
import type { AcmeHub } from '../support/acme.ts'
import type { Receiver } from '../support/receiver.ts'
import { startScene } from '../support/scene.ts'
import { formFor, isActive, isEnded, post, settled, subscriptionsOf } from '../support/subscriptions.ts'

let hub: AcmeHub
let receiver: Receiver
let narrow: string
let stranger: string

const tokenFor = async (id: string, tenant: string, topics: string[]): Promise<string> => {
  const { token } = await hub.admin.post<{ token: string }>('/subscribers', { id, tenant, topics })
  return token
}

beforeAll(async () => {
  const scene = await startScene()
  ;({ hub, receiver } = scene)
  await hub.admin.post('/tenants', { id: 'other' })
  await hub.admin.post('/tenants', { id: 'plaza', subscribe: 'open', confirm_public: true })
  narrow = await tokenFor('narrow', 'acme', ['session', 'login/failed'])
  stranger = await tokenFor('stranger', 'other', ['*'])
  return scene.close
})

const at = (target: string, changes: Record<string, string> = {}) =>
  formFor(hub, receiver.url(target), changes)

describe('the token', () => {
  it('may stand in the form', async () => {
    const form = at('/form-token', { access_token: hub.token })
    await hub.http.post('/hub').type('form').send(form).expect(202, 'hub.mode=accepted')
    await settled(hub, receiver.url('/form-token'), isActive)
  })

  it('must not stand in the query', async () => {
    await hub.http
      .post('/hub')
      .query({ access_token: hub.token })
      .type('form')
      .send(at('/query-token'))
      .expect(400, /^access_token stands in the URL/)
  })

  it('must not be sent in two ways', async () => {
    await post(hub, at('/two-tokens', { access_token: hub.token })).expect(400, /^The token is given twice/)
  })

  it.each([
    ['no token', undefined],
    ['an unknown token', 'Bearer nobody-has-this-token'],
    ['another scheme', 'Basic c2llbTp4'],
  ])('%s: 401, the same for every topic', async (_what, authorization) => {
    const answers = []
    for (const topic of [
      hub.topic(),
      hub.topic('/login'),
      hub.topic('/nonsense'),
      'https://elsewhere.example/',
    ]) {
      const request = hub.http.post('/hub').type('form')
      if (authorization !== undefined) void request.set('Authorization', authorization)
      answers.push(await request.send(at('/no-token', { 'hub.topic': topic })).expect(401))
    }
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
    expect(answers[0]?.headers['www-authenticate']).toMatch(/^Bearer/)
    expect(await subscriptionsOf(hub, receiver.url('/no-token'))).toEqual([])
  })

  it.each(['subscribe', 'unsubscribe'])('is asked for on %s', async (mode) => {
    await hub.http
      .post('/hub')
      .type('form')
      .send(at('/asked', { 'hub.mode': mode }))
      .expect(401)
  })

  it('of an admin is not one of a subscriber', async () => {
    await post(hub, at('/admin'), 'test-admin-token-0123456789').expect(401)
  })
})

describe('a topic', () => {
  it.each(['/session', '/session/ended', '/login/failed'])(
    '%s that the token covers is 202',
    async (path) => {
      await post(hub, at('/covered', { 'hub.topic': hub.topic(path) }), narrow).expect(202)
    },
  )

  it.each(['', '/login', '/login/succeeded', '/user'])('"%s" that it does not cover is 403', async (path) => {
    const form = at('/uncovered', { 'hub.topic': hub.topic(path) })
    await post(hub, form, narrow).expect(403, /does not cover/)
    await post(hub, { ...form, 'hub.mode': 'unsubscribe' }, narrow).expect(403, /does not cover/)
    expect(await subscriptionsOf(hub, receiver.url('/uncovered'))).toEqual([])
  })

  it('of another tenant answers exactly as one that does not exist', async () => {
    const answer = async (topic: string) => {
      const { status, text } = await post(hub, at('/foreign', { 'hub.topic': topic }), stranger)
      return { status, text }
    }
    const missing = await answer(`${hub.url}/topics/nowhere`)
    expect(missing.status).toBe(404)
    expect(await answer(hub.topic())).toEqual(missing)
    expect(await answer(hub.topic('/login/succeeded'))).toEqual(missing)
    expect(await answer(`${hub.url}/topics/other/nonsense`)).toEqual(missing)
    expect(await subscriptionsOf(hub, receiver.url('/foreign'))).toEqual([])
  })

  it.each([
    ['another case', (topic: string) => topic.replace('http:', 'HTTP:')],
    ['a trailing slash', (topic: string) => `${topic}/`],
    ['a query', (topic: string) => `${topic}?`],
    ['a fragment', (topic: string) => `${topic}#`],
    ['an escape', (topic: string) => topic.replace('acme', '%61cme')],
    ['a category in another case', (topic: string) => `${topic}/Login`],
    ['another origin', (topic: string) => topic.replace('localhost', '127.0.0.1')],
    ['a space in front', (topic: string) => ` ${topic}`],
  ])('compares as an exact string: %s makes another one', async (_what, change) => {
    await post(hub, at('/exact', { 'hub.topic': change(hub.topic()) })).expect(404)
  })

  it('of an open tenant needs no token', async () => {
    const topic = `${hub.url}/topics/plaza/login`
    await hub.http
      .post('/hub')
      .type('form')
      .send(at('/open', { 'hub.topic': topic }))
      .expect(202)
    const { subscriber } = await settled(hub, receiver.url('/open'), isActive)
    expect(subscriber).toBeNull()
    const missing = at('/open', { 'hub.topic': `${hub.url}/topics/plaza/nonsense` })
    await hub.http.post('/hub').type('form').send(missing).expect(404)
  })
})

describe('a callback that another subscriber verified', () => {
  const callback = () => receiver.url('/owned')

  beforeAll(async () => {
    await post(hub, at('/owned', { 'hub.topic': hub.topic('/session') })).expect(202)
    await settled(hub, callback(), isActive)
  })

  it('is 403 to subscribe', async () => {
    const form = at('/owned', { 'hub.topic': hub.topic('/session') })
    await post(hub, form, narrow).expect(403, /^Another subscriber/)
    expect(await settled(hub, callback(), isActive)).toMatchObject({ subscriber: 'siem' })
  })

  it('is 202 to unsubscribe, and nothing happens', async () => {
    const asked = receiver.requests.length
    const form = at('/owned', { 'hub.topic': hub.topic('/session') })
    await post(hub, { ...form, 'hub.mode': 'unsubscribe' }, narrow).expect(202, 'hub.mode=accepted')
    // Verifications go out in their order: the next one would be behind.
    await post(hub, at('/behind')).expect(202)
    await settled(hub, receiver.url('/behind'), isActive)
    expect(receiver.requests.slice(asked).map(({ url }) => url.split('?')[0])).toEqual(['/behind'])
    await settled(hub, callback(), isActive)
  })

  it('is free again once that subscription has ended', async () => {
    const form = at('/owned', { 'hub.topic': hub.topic('/session') })
    await post(hub, { ...form, 'hub.mode': 'unsubscribe' }).expect(202)
    await settled(hub, callback(), isEnded)
    await post(hub, form, narrow).expect(202)
    expect(await settled(hub, callback(), isActive)).toMatchObject({ subscriber: 'narrow' })
  })
})
