/** A source shows when it last accepted and last refused something, and why. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AcmeHub, CASDOOR_SECRET, casdoorLogin, fixture, startAcme } from '../support/acme.ts'
import { until } from '../support/until.ts'

interface Shown {
  last_accepted_at: string | null
  last_refused_at: string | null
  last_refused_why: string | null
}

let hub: AcmeHub

beforeAll(async () => {
  hub = await startAcme({ env: { SIGNET_MAX_BODY: '4096' } })
})

afterAll(() => hub.close())

const shown = (source: string): Promise<Shown> => hub.admin.get<Shown>(`/sources/${source}`)

const make = (id: string, provider: string, changes: object = {}) =>
  hub.admin.post('/sources', {
    id,
    tenant: 'acme',
    provider,
    issuer: 'https://idp.acme.example',
    auth: { method: 'bearer', secret: CASDOOR_SECRET },
    ...changes,
  })

const send = (source: string, body: string, secret = CASDOOR_SECRET) =>
  hub.http.post(`/in/${source}`).set('Authorization', `Bearer ${secret}`).type('json').send(body)

const becomes = (source: string, why: string | RegExp) =>
  until(async () => {
    const { last_refused_why } = await shown(source)
    return last_refused_why !== null && new RegExp(why).test(last_refused_why)
  })

describe('the last that was accepted', () => {
  it('has its time at once, and is no repeat, test or unmapped event', async () => {
    await make('accepting', 'casdoor')
    await make('testing', 'logto', { auth: { method: 'hmac', secret: 'a-secret-of-logto' } })
    expect(await shown('accepting')).toMatchObject({ last_accepted_at: null, last_refused_at: null })
    const started = Date.now()
    await send('accepting', casdoorLogin('one')).expect(202)
    const { last_accepted_at } = await shown('accepting')
    expect(Date.parse(last_accepted_at ?? '')).toBeGreaterThanOrEqual(started)

    await send('accepting', casdoorLogin('one')).expect(200)
    const unmapped = { ...(JSON.parse(casdoorLogin('two')) as object), action: 'polish-the-door' }
    await send('accepting', JSON.stringify(unmapped)).expect(200)
    await hub.logto(fixture('logto/TEST-PostSignIn.json'))
    expect(await shown('accepting')).toMatchObject({
      last_accepted_at,
      last_refused_at: null,
      last_refused_why: null,
    })
    expect(await shown('logto')).toMatchObject({ last_accepted_at: null, last_refused_at: null })
  })
})

describe('the last that was refused', () => {
  it('says why, and a later one replaces it', async () => {
    await make('refusing', 'casdoor')
    const started = Date.now()
    await send('refusing', casdoorLogin('x'), 'another-secret').expect(401)
    await becomes('refusing', '^not authentic$')
    const { last_refused_at, last_accepted_at } = await shown('refusing')
    expect(Date.parse(last_refused_at ?? '')).toBeGreaterThanOrEqual(started)
    expect(last_accepted_at).toBeNull()
    await send('refusing', '{"hush').expect(400)
    await becomes('refusing', '^The body is not JSON in UTF-8.$')
    await send('refusing', casdoorLogin('x'.repeat(4096))).expect(413)
    await becomes('refusing', '^The body is larger than 4096 bytes.$')
    await send('refusing', casdoorLogin('x')).set('Content-Encoding', 'gzip').expect(415)
    await becomes('refusing', 'compressed')
  })

  it('may be of what is published under its names', async () => {
    await make('named', 'asgardeo', { topic_prefix: 'named.' })
    const publish = (body: string, secret: string) =>
      hub.http
        .post('/hub?hub.mode=publish&hub.topic=named.topic')
        .set('Authorization', `Bearer ${secret}`)
        .type('json')
        .send(body)
    await publish('{}', 'another-secret').expect(401)
    await becomes('named', '^not authentic$')
    await publish('{}', CASDOOR_SECRET).expect(400)
    await becomes('named', '^The field events')
    await publish('x'.repeat(5000), CASDOOR_SECRET).expect(413)
    await becomes('named', '^The body is larger than 4096 bytes.$')
  })

  it('may be a replay', async () => {
    await make('fresh', 'casdoor', { max_age: 60 })
    await send('fresh', casdoorLogin('x')).expect(401)
    await becomes('fresh', '^replay: ')
  })

  it('tells nothing of what was sent', async () => {
    await make('own', 'json')
    const event = {
      id: '1',
      event: 'login/failed',
      sub_id: { format: 'opaque', id: 'u' },
      claims: { hush: 1, failure: { reason: 'hush' } },
    }
    const { text } = await send('own', JSON.stringify(event)).expect(400)
    expect(text).toContain('hush')
    await becomes('own', '^an event is not as the catalogue has it$')
  })

  it('may be a token, or the keys that would verify it', async () => {
    const auth = {
      method: 'jwt',
      issuer: 'https://idp.acme.example',
      jwks_url: 'http://127.0.0.1:1/jwks',
      audience: 'https://hub.acme.example',
    }
    await make('tokens', 'set', { auth })
    const push = (body: string) =>
      hub.http.post('/in/tokens').set('Content-Type', 'application/secevent+jwt').send(body)
    await push('hush').expect(400)
    await becomes('tokens', '^invalid_request: ')
    const encoded = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
    const token = `${encoded({ typ: 'secevent+jwt', alg: 'ES256', kid: 'k' })}.${encoded({})}.AAAA`
    await push(token).expect(503)
    await becomes('tokens', 'keys cannot be had')
  })

  it('is nothing of a source that there is not', async () => {
    await send('nowhere', casdoorLogin('x')).expect(401)
    await make('nowhere', 'casdoor')
    await send('refusing', casdoorLogin('x'), 'another-secret').expect(401)
    await becomes('refusing', '^not authentic$')
    expect(await shown('nowhere')).toMatchObject({ last_refused_at: null, last_refused_why: null })
  })
})

it('what was refused just before the hub closed is there after the restart', async () => {
  const first = await startAcme()
  await first.http.post('/in/casdoor').send('{}').expect(401)
  await first.stop()
  const second = await startAcme({ folder: first.folder })
  try {
    expect(await second.admin.get('/sources/casdoor')).toMatchObject({ last_refused_why: 'not authentic' })
  } finally {
    await second.close()
  }
})
