/** What anyone may read, and what no method but the right one reaches. */
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestHub, type TestHub } from '../support/hub.ts'

let hub: TestHub

beforeAll(async () => {
  hub = await startTestHub()
})

afterAll(() => hub.close())

it('GET /hub is a page for people', async () => {
  const page = await hub.http.get('/hub').expect(200).expect('Content-Type', 'text/html; charset=utf-8')
  for (const path of ['/topics/', '/events', '/.well-known/jwks.json']) {
    expect(page.text).toContain(`${hub.url}${path}`)
  }
  expect(page.headers['content-security-policy']).toMatch(/^default-src 'none'; frame-ancestors 'none'/)
})

describe('/.well-known/jwks.json', () => {
  it('has the public half of every key, and no more', async () => {
    const page = await hub.http.get('/.well-known/jwks.json').expect(200)
    expect(page.headers['content-type']).toBe('application/jwk-set+json')
    expect(page.headers['cache-control']).toMatch(/^public, max-age=\d+$/)
    const { keys } = page.body as { keys: Record<string, string>[] }
    // The one that signs, and the next.
    expect(keys).toHaveLength(2)
    for (const { kid, ...key } of keys) {
      expect(kid).toMatch(/^[\w-]{43}$/)
      expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kty', 'use', 'x', 'y'])
      expect(key).toMatchObject({ alg: 'ES256', use: 'sig', kty: 'EC', crv: 'P-256' })
    }
  })

  it('is 304 for who has it already', async () => {
    const { etag } = (await hub.http.get('/.well-known/jwks.json')).headers
    expect(etag).toMatch(/^"[0-9a-f]+"$/)
    const again = await hub.http
      .get('/.well-known/jwks.json')
      .set('If-None-Match', etag ?? '')
      .expect(304)
    expect(again.text).toBe('')
    expect(again.headers.etag).toBe(etag)
    expect(again.headers['cache-control']).toMatch(/^public/)
    await hub.http.get('/.well-known/jwks.json').set('If-None-Match', '"other"').expect(200)
  })
})

describe('/events', () => {
  interface Entry {
    category: string
    name: string
    uri: string
    meaning: string
    schema: string
  }

  it('lists every event with a schema of its own', async () => {
    const { events } = (await hub.http.get('/events').expect(200)).body as { events: Entry[] }
    expect(events.length).toBeGreaterThan(20)
    const ajv = new Ajv2020({ strict: false })
    for (const { category, name, uri, schema } of events) {
      expect(schema).toBe(`${hub.url}/events/${category}/${name}`)
      const page = await hub.http.get(`/events/${category}/${name}`).expect(200)
      expect(page.headers['content-type']).toBe('application/schema+json')
      expect(page.body).toMatchObject({ $id: schema, $schema: expect.stringContaining('2020-12') as string })
      expect(() => ajv.compile(page.body as object)).not.toThrow()
      expect(uri).not.toBe('')
    }
  })

  it.each(['/events/login/nonsense', '/events/nonsense/failed', '/events/__proto__/constructor'])(
    '%s is 404',
    async (path) => {
      await hub.http.get(path).expect(404, 'The catalogue has no such event; GET /events lists them all.\n')
    },
  )
})

describe('a method that is not for this address', () => {
  it.each([
    ['/hub', 'GET, HEAD, POST'],
    ['/topics/acme', 'GET, HEAD'],
    ['/in/door', 'POST'],
    ['/.well-known/jwks.json', 'GET, HEAD'],
    ['/events', 'GET, HEAD'],
    ['/events/login/failed', 'GET, HEAD'],
    ['/healthz', 'GET, HEAD'],
    ['/readyz', 'GET, HEAD'],
  ])('%s allows %s', async (path, allowed) => {
    const others = (['get', 'post', 'put', 'patch', 'delete', 'options'] as const).filter(
      (method) => !allowed.includes(method.toUpperCase()),
    )
    for (const method of others) {
      const answer = await hub.http[method](path).expect(405)
      expect((answer.headers.allow ?? '').split(', ').sort().join(', ')).toBe(allowed)
      expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8')
    }
  })
})

it.each(['/hub', '/.well-known/jwks.json', '/events', '/events/login/failed', '/healthz', '/readyz'])(
  'HEAD %s is as GET, without the body',
  async (path) => {
    const got = await hub.http.get(path).expect(200)
    const asked = await hub.http.head(path).expect(200)
    const fixed = (headers: object) => Object.entries(headers).filter(([name]) => name !== 'date')
    expect(fixed(asked.headers as object)).toEqual(fixed(got.headers as object))
    expect(asked.text).toBeFalsy()
  },
)

it.each(['/', '/nothing', '/hub/more', '/in', '/in/a/b', '/topics', '/events/login'])(
  '%s is 404 in plain text',
  async (path) => {
    const answer = await hub.http.get(path).expect(404)
    expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8')
    expect(answer.headers['x-content-type-options']).toBe('nosniff')
  },
)
