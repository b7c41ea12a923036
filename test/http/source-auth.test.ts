/** How a source proves itself without a secret: by its network, or by the signature of its tokens. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AcmeHub, fixture, startAcme } from '../support/acme.ts'
import { ADMIN_TOKEN } from '../support/hub.ts'

let hub: AcmeHub

beforeAll(async () => {
  hub = await startAcme({ env: { SIGNET_OUTBOUND_ALLOW: '127.0.0.1' } })
})

afterAll(() => hub.close())

const make = (id: string, provider: string, auth: object) =>
  hub.http
    .post('/admin/v1/sources')
    .set('Authorization', `Bearer ${ADMIN_TOKEN}`)
    .send({ id, tenant: 'acme', provider, issuer: 'https://idp.acme.example', auth })

const asgardeo = (source: string) =>
  hub.http
    .post(`/in/${source}`)
    .set('Content-Type', 'application/json')
    .send(fixture('asgardeo/login.loginSuccess.json').toString())

describe('a source that is known by its network', () => {
  it('has no secret, and is let in from there', async () => {
    const auth = { method: 'network', allow_from: ['10.0.0.0/8', '127.0.0.1'] }
    const made = await make('inside', 'asgardeo', auth).expect(201)
    expect((made.body as { auth: object }).auth).toEqual(auth)
    await asgardeo('inside').expect(202)
  })

  it('is not let in from elsewhere, whatever a header says', async () => {
    await make('elsewhere', 'asgardeo', { method: 'network', allow_from: ['10.0.0.0/8'] }).expect(201)
    await asgardeo('elsewhere')
      .set('X-Forwarded-For', '10.0.0.1')
      .set('Forwarded', 'for=10.0.0.1')
      .expect(401)
  })

  it.each([
    [[]],
    [['0.0.0.0/0']],
    [['::/0']],
    [['idp.internal']],
    [['10.0.0.0/33']],
    [['10.0.0.1', 'x y']],
    ['10.0.0.1'],
  ])('cannot be let in from %j', async (allow_from) => {
    const answer = await make('nowhere', 'asgardeo', { method: 'network', allow_from }).expect(400)
    expect(answer.headers['content-type']).toBe('application/problem+json')
  })

  it('is given no secret', async () => {
    const auth = { method: 'network', allow_from: ['10.0.0.0/8'], secret: 'not-needed-here' }
    await make('secretive', 'asgardeo', auth).expect(400)
  })

  it('cannot be one whose provider signs', async () => {
    await make('signing', 'logto', { method: 'network', allow_from: ['10.0.0.0/8'] }).expect(400)
  })
})

describe('a source that is known by its tokens', () => {
  const auth = {
    method: 'jwt',
    issuer: 'https://idp.acme.example',
    jwks_url: 'https://idp.acme.example/jwks',
    audience: 'https://hub.acme.example',
  }

  it('has no secret', async () => {
    const made = await make('tokens', 'set', auth).expect(201)
    expect((made.body as { auth: object }).auth).toEqual(auth)
    const shown = await hub.admin.get('/sources/tokens')
    expect(shown.auth).toEqual({ method: 'jwt' })
  })

  it.each([
    'http://10.0.0.1/jwks',
    'https://10.0.0.1/jwks',
    'https://169.254.169.254/jwks',
    'https://user@idp.acme.example/jwks',
    'https://intranet/jwks',
    'file:///etc/passwd',
    '/jwks',
  ])('cannot have its keys at %s', async (jwks_url) => {
    const answer = await make('astray', 'set', { ...auth, jwks_url }).expect(400)
    expect((answer.body as { detail: string }).detail).toContain('auth.jwks_url')
  })

  it.each(['issuer', 'jwks_url', 'audience'])('must say its %s', async (member) => {
    await make('lacking', 'set', { ...auth, [member]: undefined }).expect(400)
  })

  it('proves itself in no other way, and no other provider so', async () => {
    await make('bearer', 'set', { method: 'bearer' }).expect(400)
    await make('casdoor-tokens', 'casdoor', auth).expect(400)
  })
})
