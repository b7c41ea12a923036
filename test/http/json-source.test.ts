/** The hub's own form: a publisher states events in the catalogue's words. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AcmeHub, startAcme } from '../support/acme.ts'
import { verifySet } from '../support/verify-set.ts'

const SECRET = 'the-portal-knows-this'

let hub: AcmeHub

beforeAll(async () => {
  hub = await startAcme()
  for (const [id, more] of [
    ['portal', {}],
    ['discreet', { disclose: [] }],
  ] as const) {
    await hub.admin.post('/sources', {
      id,
      tenant: 'acme',
      provider: 'json',
      issuer: 'https://portal.acme.example',
      auth: { method: 'bearer', secret: SECRET },
      ...more,
    })
  }
})

afterAll(() => hub.close())

const failed = (id: string, changes: object = {}) => ({
  id,
  event: 'login/failed',
  sub_id: { format: 'iss_sub', iss: 'https://portal.acme.example', sub: 'u1' },
  toe: 1_790_000_000,
  claims: { failure: { reason: 'locked' }, user: { id: 'u1', username: 'alice' } },
  ...changes,
})

const post = (body: unknown, source = 'portal', secret = SECRET) =>
  hub.http
    .post(`/in/${source}`)
    .set('Content-Type', 'application/json')
    .set('Authorization', `Bearer ${secret}`)
    .send(typeof body === 'string' ? body : JSON.stringify(body))

async function published(body: object, source?: string) {
  const answer = await post(body, source).expect(202)
  const { events } = answer.body as { events: [{ jti: string; topic: string }] }
  const { set } = await hub.admin.get<{ set: string }>(`/events/${events[0].jti}`)
  return (await verifySet(hub, set, events[0].topic)).payload
}

const eventCount = async (): Promise<number> => {
  const { items } = await hub.admin.get<{ items: unknown[] }>('/events?limit=500')
  return items.length
}

describe('an event', () => {
  it('becomes a SET of the hub, and says where it is from', async () => {
    const set = await published(failed('one'))
    expect(set).toMatchObject({
      iss: hub.url,
      toe: 1_790_000_000,
      sub_id: { format: 'iss_sub', iss: 'https://portal.acme.example', sub: 'u1' },
    })
    expect(set.events).toEqual({
      'urn:signet:event:login:failed': {
        event_timestamp: 1_790_000_000,
        failure: { reason: 'locked' },
        user: { id: 'u1', username: 'alice' },
        source: { id: 'portal', provider: 'json', event: 'login/failed' },
      },
    })
  })

  it('needs no time, and no claims where its schema needs none', async () => {
    const { id, event, sub_id } = failed('bare', { event: 'login/succeeded' })
    const set = await published({ id, event, sub_id })
    expect(set).not.toHaveProperty('toe')
    expect(Object.values(set.events)).toEqual([
      { source: { id: 'portal', provider: 'json', event: 'login/succeeded' } },
    ])
  })

  it('is taken in once', async () => {
    await post(failed('twice')).expect(202)
    await post(failed('twice', { toe: 1 })).expect(200, { accepted: 0, reason: 'duplicate' })
  })

  it('is known by its id within its source alone', async () => {
    await post(failed('same id')).expect(202)
    await post(failed('same id'), 'discreet').expect(202)
  })

  it('tells nothing personal that its source does not disclose', async () => {
    const set = await published(
      failed('discreet', {
        sub_id: {
          format: 'complex',
          user: { format: 'email', email: 'alice@acme.example' },
          session: { format: 'opaque', id: 's1' },
        },
        claims: {
          failure: { reason: 'other' },
          user: { username: 'alice', phone: '+15550100' },
          request: { ip: '203.0.113.9' },
          actor: { type: 'user', username: 'alice' },
        },
      }),
      'discreet',
    )
    expect(JSON.stringify(set)).not.toMatch(/alice|5550100|203\.0\.113/)
    expect(set.sub_id).toMatchObject({ user: { format: 'opaque' }, session: { format: 'opaque', id: 's1' } })
    expect(Object.values(set.events)).toMatchObject([{ actor: { type: 'user' } }])
  })

  it.each([
    { format: 'opaque', id: 'x' },
    { format: 'email', email: 'alice@acme.example' },
    { format: 'account', uri: 'acct:alice@acme.example' },
  ])('is about whom the publisher says: %j', async (sub_id) => {
    expect((await published(failed(`about ${sub_id.format}`, { sub_id }))).sub_id).toEqual(sub_id)
  })
})

describe('an array', () => {
  it('is taken in as a whole', async () => {
    const answer = await post([failed('a1'), failed('a2', { event: 'login/blocked', claims: {} })]).expect(
      202,
    )
    expect(answer.body).toMatchObject({
      accepted: 2,
      events: [{ topic: hub.topic('/login/failed') }, { topic: hub.topic('/login/blocked') }],
    })
  })

  it('of new events and repeats tells of the new ones', async () => {
    await post([failed('b1')]).expect(202)
    const answer = await post([failed('b1'), failed('b2'), failed('b2')]).expect(202)
    expect(answer.body).toMatchObject({ accepted: 1 })
    await post([failed('b1'), failed('b2')]).expect(200, { accepted: 0, reason: 'duplicate' })
  })

  it('with one bad event changes nothing', async () => {
    const before = await eventCount()
    for (const bad of [failed('bad', { event: 'login/nonsense' }), failed('bad', { claims: {} }), 7]) {
      const answer = await post([failed('good'), bad]).expect(400)
      expect(answer.text).toContain('Event 2')
    }
    expect(await eventCount()).toBe(before)
    await post(failed('good')).expect(202)
  })

  it('of nothing is refused', async () => {
    await post([]).expect(400)
  })
})

describe('refused is', () => {
  const deep = `{"id":"deep","event":"login/failed","sub_id":${'['.repeat(50_000)}${']'.repeat(50_000)}}`
  const deepClaim = JSON.stringify(
    failed('x', { event: 'user/claims-changed', claims: { claims: { a: 'DEEP' } } }),
  ).replace('"DEEP"', '['.repeat(60_000) + ']'.repeat(60_000))
  it.each<[string, unknown]>([
    ['no JSON', '{'],
    ['a text', '"x"'],
    ['no id', failed('x', { id: undefined })],
    ['an empty id', failed('')],
    ['an id that is a number', failed('x', { id: 7 })],
    ['an id that is too long', failed('x'.repeat(256))],
    ['no event', failed('x', { event: undefined })],
    ['a category', failed('x', { event: 'login' })],
    ['an event that is no path', failed('x', { event: 'login/failed/x' })],
    ['a part of every object', failed('x', { event: '__proto__/constructor' })],
    ['a field of another name', failed('x', { topic: 'y' })],
    ['a time in words', failed('x', { toe: '2026-08-22T16:53:36Z' })],
    ['a time before 1970', failed('x', { toe: -1 })],
    ['a time behind all times', failed('x', { toe: 1e300 })],
    ['claims that are no object', failed('x', { claims: [] })],
    ['a source of its own', failed('x', { claims: { failure: { reason: 'other' }, source: { id: 'y' } } })],
    [
      'a claim that the event does not know',
      failed('x', { claims: { failure: { reason: 'other' }, password: 'y' } }),
    ],
    [
      'a prototype among the claims',
      '{"id":"x","event":"login/blocked","sub_id":{"format":"opaque","id":"y"},"claims":{"__proto__":{"a":1}}}',
    ],
    ['depth', deep],
    ['depth where a claim may be anything', deepClaim],
    [
      'text that is not Unicode',
      failed('x', { event: 'login/blocked', claims: { user: { username: 'a\ud800' } } }),
    ],
    ['no subject', failed('x', { sub_id: undefined })],
    ['a subject of no format', failed('x', { sub_id: { id: 'y' } })],
    ['a subject of a format of its own', failed('x', { sub_id: { format: 'constructor', id: 'y' } })],
    [
      'a subject with a member too many',
      failed('x', { sub_id: { format: 'opaque', id: 'y', email: 'z@y.example' } }),
    ],
    ['a subject with a member too few', failed('x', { sub_id: { format: 'iss_sub', sub: 'y' } })],
    ['a subject without a value', failed('x', { sub_id: { format: 'opaque', id: '' } })],
    [
      'a telephone number as dialled',
      failed('x', { sub_id: { format: 'phone_number', phone_number: '0555 0100' } }),
    ],
    [
      'a subject of many names',
      failed('x', { sub_id: { format: 'aliases', identifiers: [{ format: 'opaque', id: 'y' }] } }),
    ],
    [
      'a session within a session',
      failed('x', {
        sub_id: { format: 'complex', user: { format: 'complex' }, session: { format: 'opaque', id: 'y' } },
      }),
    ],
  ])('%s', async (_, body) => {
    const before = await eventCount()
    const answer = await post(body).expect(400)
    expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8')
    expect(await eventCount()).toBe(before)
  })

  it('whoever does not know the secret', async () => {
    await post(failed('x'), 'portal', 'something-else').expect(401)
  })
})
