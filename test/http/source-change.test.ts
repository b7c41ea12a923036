/** A source is changed, and its secret rotated, without being made anew. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AcmeHub, casdoorLogin, fixture, startAcme } from '../support/acme.ts'
import { ADMIN_TOKEN } from '../support/hub.ts'

const HOUR = 3_600_000

let ahead = 0
let hub: AcmeHub

beforeAll(async () => {
  hub = await startAcme({ overrides: { clock: { now: () => Date.now() + ahead } } })
})

afterAll(() => hub.close())

const SECRET = 'a-secret-of-the-door'

interface Answer {
  id: string
  auth: { method: string; secret?: string }
  old_secret_until?: string
}

const make = (id: string, changes: object = {}) =>
  hub.admin.post<Answer>('/sources', {
    id,
    tenant: 'acme',
    provider: 'casdoor',
    issuer: 'https://door.acme.example',
    auth: { method: 'bearer', secret: SECRET },
    ...changes,
  })

const ask = (method: 'post' | 'patch', path: string, body?: object | string) => {
  const asked = hub.http[method](`/admin/v1/sources${path}`).set('Authorization', `Bearer ${ADMIN_TOKEN}`)
  return body === undefined ? asked : asked.set('Content-Type', 'application/json').send(body)
}
const change = (id: string, body?: object | string) => ask('patch', `/${id}`, body)
const rotate = (id: string, body?: object) => ask('post', `/${id}/rotate`, body)
const shown = (id: string) => hub.admin.get(`/sources/${id}`)

let sent = 0
/** An event that was never sent before. */
const send = (id: string, secret: string, payload = casdoorLogin(`event ${(sent += 1)}`)) =>
  hub.http.post(`/in/${id}`).set('Authorization', `Bearer ${secret}`).type('json').send(payload)

const claimsOf = async (
  jti: string,
): Promise<{ sub_id: { iss: string }; events: Record<string, object> }> => {
  const { set } = await hub.admin.get<{ set: string }>(`/events/${jti}`)
  return JSON.parse(Buffer.from(set.split('.')[1] ?? '', 'base64url').toString()) as never
}

describe('a change', () => {
  it('is of what it names and nothing else, and shows at once', async () => {
    await make('changing')
    const before = await shown('changing')
    const changes = { issuer: 'https://other.acme.example', disclose: ['ip'], max_age: 3600 }
    const answer = await change('changing', { ...changes, publish_unmapped: true }).expect(200)
    const after = { ...before, ...changes, publish_unmapped: true }
    expect(answer.body).toEqual(after)
    expect(await shown('changing')).toEqual(after)
    await change('changing', { max_age: null, publish_unmapped: false }).expect(200)
    expect(await shown('changing')).toEqual({
      ...before,
      issuer: changes.issuer,
      disclose: changes.disclose,
    })
  })

  it('holds for the next event', async () => {
    await make('next')
    const login = async () => {
      const { events } = (await send('next', SECRET).expect(202)).body as { events: { jti: string }[] }
      return claimsOf(events[0]?.jti ?? '')
    }
    expect(JSON.stringify(await login())).toContain('"username"')
    await change('next', { issuer: 'https://other.acme.example', disclose: [] }).expect(200)
    const claims = await login()
    expect(JSON.stringify(claims)).not.toContain('"username"')
    await change('next', { max_age: 60 }).expect(200)
    await send('next', SECRET).expect(401, /max_age/)
    await change('next', { max_age: null }).expect(200)
    await send('next', SECRET).expect(202)

    const unheard = (name: string) =>
      JSON.stringify({ ...(JSON.parse(casdoorLogin(name)) as object), action: 'polish-the-door' })
    await send('next', SECRET, unheard('one')).expect(200)
    await change('next', { publish_unmapped: true }).expect(200)
    // What was passed over was not remembered.
    await send('next', SECRET, unheard('one')).expect(202)
    await change('next', { publish_unmapped: false }).expect(200)
    await send('next', SECRET, unheard('two')).expect(200)
  })

  it('of the issuer is in the subjects of the next event', async () => {
    await make('issuing', { provider: 'asgardeo' })
    const login = JSON.parse(fixture('asgardeo/login.loginSuccess.json').toString()) as object
    const issuer = async (jti: string) => {
      const answer = await send('issuing', SECRET, JSON.stringify({ ...login, jti })).expect(202)
      const { events } = answer.body as { events: { jti: string }[] }
      return JSON.stringify((await claimsOf(events[0]?.jti ?? '')).sub_id)
    }
    expect(await issuer('before')).toContain('"https://door.acme.example"')
    await change('issuing', { issuer: 'https://other.acme.example' }).expect(200)
    expect(await issuer('after')).toContain('"https://other.acme.example"')
  })

  it('of the secret ends the old one at once, and a secret that was given is not repeated', async () => {
    await make('secret')
    await send('secret', SECRET).expect(202)
    const answer = await change('secret', { auth: { method: 'bearer', secret: 'another-secret' } }).expect(
      200,
    )
    expect((answer.body as Answer).auth).toEqual({ method: 'bearer' })
    await send('secret', SECRET).expect(401)
    await send('secret', 'another-secret').expect(202)
  })

  it('of the method makes a secret where none is given, and shows it this once', async () => {
    await make('method')
    const answer = await change('method', { auth: { method: 'header', name: 'X-Door' } }).expect(200)
    const { auth } = answer.body as Answer
    expect(auth).toEqual({
      method: 'header',
      name: 'X-Door',
      secret: expect.stringMatching(/^[\w-]{43}$/) as string,
    })
    expect((await shown('method')).auth).toEqual({ method: 'header' })
    await send('method', SECRET).expect(401)
    await send('method', SECRET)
      .set('X-Door', auth.secret ?? '')
      .expect(202)
  })

  it.each([
    ['nothing', {}, /fewer than 1/],
    ['a field that is not known', { isuer: 'https://x.example' }, /isuer/],
    ['its id', { id: 'other' }, /id/],
    ['its tenant', { tenant: 'other' }, /tenant/],
    ['its provider', { provider: 'json' }, /provider/],
    ['an issuer that is no URL', { issuer: 'x' }, /issuer/],
    ['no issuer', { issuer: null }, /issuer/],
    ['a short age', { max_age: 59 }, /max_age/],
    ['a method that its provider has not', { auth: { method: 'hmac' } }, /auth\.method is one of bearer/],
    ['an empty body', '', /object/],
    ['no object', '[]', /./],
  ])('to %s is refused, and changes nothing', async (what, body, detail) => {
    const id = `refusing-${what.replace(/\W+/g, '-').toLowerCase()}`
    await make(id)
    const before = await shown(id)
    const answer = await change(id, body).expect(400)
    expect(answer.headers['content-type']).toBe('application/problem+json')
    expect((answer.body as { detail: string }).detail).toMatch(detail)
    expect(await shown(id)).toEqual(before)
    await send(id, SECRET).expect(202)
  })

  it.each(['json', 'set'])('to publish what has no place is not for %s', async (provider) => {
    const auth = {
      method: 'jwt',
      issuer: 'https://idp.example',
      jwks_url: 'https://idp.example/j',
      audience: 'x',
    }
    await make(`own-${provider}`, { provider, ...(provider === 'set' && { auth }) })
    for (const publish_unmapped of [true, false]) {
      await change(`own-${provider}`, { publish_unmapped }).expect(400, /publish_unmapped/)
    }
    await change(`own-${provider}`, { max_age: 60 }).expect(200)
  })

  it('of keys that lie behind the guard is refused', async () => {
    const auth = {
      method: 'jwt',
      issuer: 'https://idp.example',
      jwks_url: 'https://idp.example/j',
      audience: 'x',
    }
    await make('tokens', { provider: 'set', auth })
    await change('tokens', { auth: { ...auth, jwks_url: 'https://10.0.0.1/j' } }).expect(400, /jwks_url/)
    await change('tokens', { auth: { ...auth, audience: 'y' } }).expect(200)
  })

  it('of a source that is not there is 404, and of nobody 401', async () => {
    await change('nowhere', { max_age: 60 }).expect(404)
    await hub.http.patch('/admin/v1/sources/casdoor').send({ max_age: 60 }).expect(401)
    await hub.http.post('/admin/v1/sources/casdoor/rotate').expect(401)
  })
})

describe('a rotation', () => {
  it('makes a secret, shows it once, and leaves the old one good for an hour', async () => {
    await make('rotating')
    const answer = await rotate('rotating').expect(200)
    const { auth, old_secret_until: until } = answer.body as Answer
    expect(auth).toEqual({ method: 'bearer', secret: expect.stringMatching(/^[\w-]{43}$/) as string })
    expect(Math.abs(Date.parse(until ?? '') - Date.now() - ahead - HOUR)).toBeLessThan(60_000)
    expect((await shown('rotating')).auth).toEqual({ method: 'bearer' })
    await send('rotating', auth.secret ?? '').expect(202)
    await send('rotating', SECRET).expect(202)
    ahead += HOUR - 60_000
    await send('rotating', SECRET).expect(202)
    ahead += 120_000
    await send('rotating', SECRET).expect(401)
    await send('rotating', auth.secret ?? '').expect(202)
  })

  it.each([
    [0, 0, 401],
    [120, 60_000, 202],
    [120, 180_000, 401],
  ])('with an overlap of %d seconds, %d ms later: the old secret is %d', async (overlap, later, status) => {
    const id = `overlap-${overlap}-${later}`
    await make(id)
    await rotate(id, { overlap_seconds: overlap }).expect(200)
    ahead += later
    await send(id, SECRET).expect(status)
  })

  it('may take the secret that the provider made, and does not repeat it', async () => {
    await make('given', { provider: 'logto', auth: { method: 'hmac', secret: SECRET } })
    const answer = await rotate('given', { secret: 'made-by-the-provider' }).expect(200)
    expect((answer.body as Answer).auth).toEqual({ method: 'hmac' })
  })

  it('keeps all else of the method, and ends what was rotated away before', async () => {
    await make('twice', { auth: { method: 'basic', username: 'door', secret: SECRET } })
    const basic = (secret: string) =>
      hub.http
        .post('/in/twice')
        .auth('door', secret)
        .type('json')
        .send(casdoorLogin(`event ${(sent += 1)}`))
    const first = ((await rotate('twice').expect(200)).body as Answer).auth.secret ?? ''
    const second = ((await rotate('twice').expect(200)).body as Answer).auth.secret ?? ''
    await basic(SECRET).expect(401)
    await basic(first).expect(202)
    await basic(second).expect(202)
    await change('twice', { auth: { method: 'basic', username: 'door', secret: SECRET } }).expect(200)
    await basic(first).expect(401)
    await basic(second).expect(401)
    await basic(SECRET).expect(202)
  })

  it.each([
    { overlap_seconds: -1 },
    { overlap_seconds: 0.5 },
    { overlap_seconds: 2_592_001 },
    { overlap: 3 },
    { secret: 'short' },
  ])('with %j is refused, and changes nothing', async (body) => {
    const id = `bad-${sent}`
    await make(id)
    await rotate(id, body).expect(400)
    await send(id, SECRET).expect(202)
  })

  it('is not for a source without a secret, nor for one that is not there', async () => {
    await make('network', { provider: 'asgardeo', auth: { method: 'network', allow_from: ['10.0.0.0/8'] } })
    await rotate('network').expect(400, /no secret/)
    await rotate('nowhere').expect(404)
  })
})
