/** `POST /in/{source}`: what a provider is answered. */
import { createHmac } from 'node:crypto'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type AcmeHub,
  CASDOOR_SECRET,
  casdoorLogin,
  fixture,
  LOGTO_SECRET,
  type Published,
  startAcme,
} from '../support/acme.ts'
import { startTestHub } from '../support/hub.ts'

let hub: AcmeHub

beforeAll(async () => {
  hub = await startAcme({ env: { SIGNET_MAX_BODY: '4096' } })
})

afterAll(() => hub.close())

const casdoor = (body: string | Buffer, path = '/in/casdoor', secret = CASDOOR_SECRET) =>
  hub.http
    .post(path)
    .set('Content-Type', 'application/json')
    .set('Authorization', `Bearer ${secret}`)
    .send(body.toString())

const logto = (body: string | Buffer, signed: string | Buffer = body, path = '/in/logto') =>
  hub.http
    .post(path)
    .set('Content-Type', 'application/json')
    .set('logto-signature-sha-256', createHmac('sha256', LOGTO_SECRET).update(signed).digest('hex'))
    .send(body.toString())

const eventCount = async (): Promise<number> => {
  const { items } = await hub.admin.get<{ items: unknown[] }>('/events?limit=500')
  return items.length
}

describe('an event', () => {
  it('is 202, with what became of it', async () => {
    const answer = await casdoor(casdoorLogin('one')).expect(202)
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
    expect(answer.body).toEqual({
      accepted: 2,
      events: [
        { jti: expect.stringMatching(/^[\da-f-]{36}$/) as string, topic: hub.topic('/login/succeeded') },
        { jti: expect.stringMatching(/^[\da-f-]{36}$/) as string, topic: hub.topic('/session/established') },
      ],
    })
  })

  it('that comes again is 200 and a duplicate', async () => {
    await casdoor(casdoorLogin('twice')).expect(202)
    const before = await eventCount()
    await casdoor(casdoorLogin('twice')).expect(200, { accepted: 0, reason: 'duplicate' })
    expect(await eventCount()).toBe(before)
  })

  it('that comes many times at once is accepted once', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => casdoor(casdoorLogin('at once'))))
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array<number>(19).fill(200), 202])
  })

  it('that comes again after a restart is a duplicate too', async () => {
    const first = await startAcme()
    const body = casdoorLogin('before the restart')
    expect((await first.casdoor(body)).accepted).toBe(2)
    await first.stop()
    const second = await startAcme({ folder: first.folder })
    try {
      expect(await second.casdoor(body)).toEqual({ accepted: 0, reason: 'duplicate' })
    } finally {
      await second.close()
    }
  })

  it('of the test button is 200 and nothing else', async () => {
    const before = await eventCount()
    await logto(fixture('logto/TEST-PostSignIn.json')).expect(200, { accepted: 0, reason: 'test' })
    expect(await eventCount()).toBe(before)
  })

  it.each([
    ['a name that no mapping has', 'login-success', { action: 'polish-the-door' }],
    ['a name that means nothing this time', 'logout', { response: '{status:"error", msg:"no"}' }],
  ])('with %s is 200 and unmapped', async (_what, file, changes) => {
    const before = await eventCount()
    const payload = JSON.parse(fixture(`casdoor/${file}.json`).toString()) as object
    const body = JSON.stringify({ ...payload, ...changes, name: 'unmapped' })
    await casdoor(body).expect(200, { accepted: 0, reason: 'unmapped' })
    expect(await eventCount()).toBe(before)
  })
})

describe('an event of Logto', () => {
  const happened = (millisecondsAgo: number, nonce: string): string =>
    JSON.stringify({
      event: 'User.Created',
      createdAt: new Date(Date.now() - millisecondsAgo).toISOString(),
      data: { id: nonce },
    })
  const [day, minute] = [86_400_000, 60_000]

  beforeAll(async () => {
    for (const [id, max_age] of [
      ['daily', 86_400],
      ['hourly', 3600],
      ['ageless', null],
      ['unsaid', undefined],
    ] as const) {
      await hub.admin.post('/sources', {
        id,
        tenant: 'acme',
        provider: 'logto',
        issuer: 'https://logto.acme.example/oidc',
        auth: { method: 'hmac', secret: LOGTO_SECRET },
        ...(max_age !== undefined && { max_age }),
      })
    }
  })

  it.each([
    ['daily', day - minute, 202],
    ['daily', day + minute, 401],
    ['hourly', day / 24 - minute, 202],
    ['hourly', day / 24 + minute, 401],
    ['daily', -minute, 202],
    ['ageless', 1000 * day, 202],
    ['unsaid', day - minute, 202],
    ['unsaid', day + minute, 401],
  ])('sent to the %s source %d ms after it happened is %d', async (source, age, status) => {
    const before = await eventCount()
    const answer = await logto(happened(age, `${source} ${age}`), undefined, `/in/${source}`).expect(status)
    if (status === 401) expect(answer.text).toMatch(/max_age/)
    expect(await eventCount()).toBe(before + (status === 202 ? 1 : 0))
  })

  it('that tells no time is taken in', async () => {
    await logto('{"event":"User.Created","data":{"id":"timeless"}}', undefined, '/in/daily').expect(202)
  })
})

describe('a source that publishes what has no place', () => {
  const make = (id: string, provider: string, auth: object) =>
    hub.admin.post('/sources', {
      id,
      tenant: 'acme',
      provider,
      issuer: 'https://idp.acme.example',
      auth,
      publish_unmapped: true,
    })
  const bearer = { method: 'bearer', secret: CASDOOR_SECRET }
  const record = JSON.parse(fixture('casdoor/login-success.json').toString()) as object
  const login = JSON.parse(fixture('asgardeo/login.loginSuccess.json').toString()) as object

  it.each([
    ['casdoor', { ...record, action: 'polish-the-door' }, 'polish-the-door'],
    ['ferriskey', { event: 'door.polished', resource_id: 'r', data: null }, 'door.polished'],
    ['logto', { event: 'Door.Polished', userId: 'u1' }, 'Door.Polished'],
    ['asgardeo', { ...login, events: { 'https://x.example/door': {} } }, 'https://x.example/door'],
  ])('of %s has it as system/unmapped', async (provider, payload, native) => {
    const id = `all-of-${provider}`
    const auth = provider === 'logto' ? { method: 'hmac', secret: LOGTO_SECRET } : bearer
    await make(id, provider, auth)
    const body = JSON.stringify(payload)
    const send = () =>
      provider === 'logto' ? logto(body, undefined, `/in/${id}`) : casdoor(body, `/in/${id}`)
    const { accepted, events } = (await send().expect(202)).body as Published
    expect([accepted, events[0]?.topic]).toEqual([1, hub.topic('/system/unmapped')])
    const { set } = await hub.admin.get<{ set: string }>(`/events/${events[0]?.jti ?? ''}`)
    expect(decodeJwt(set).events).toMatchObject({
      'urn:signet:event:system:unmapped': { source: { id, provider, event: native } },
    })
    await send().expect(200, { accepted: 0, reason: 'duplicate' })
  })

  it('has nothing of what means nothing this time, or bears a name that nobody should be shown', async () => {
    await make('all', 'casdoor', bearer)
    const failed = { ...record, action: 'logout', response: '{status:"error", msg:"no"}', name: 'failed' }
    const odd = { ...record, action: 'polish\u202Ethe door', name: 'odd' }
    for (const payload of [failed, odd]) {
      await casdoor(JSON.stringify(payload), '/in/all').expect(200, { accepted: 0, reason: 'unmapped' })
    }
  })
})

describe('400 for what cannot be read', () => {
  it.each([
    ['nothing', ''],
    ['no JSON', '{'],
    ['an array', '[]'],
    ['null', 'null'],
    ['no action', '{}'],
    ['an action that is no text', '{"action":{}}'],
  ])('%s', async (_what, body) => {
    const { text } = await casdoor(body).expect(400)
    expect(text.trim().split('\n')).toHaveLength(1)
  })
})

describe('401', () => {
  it('is one answer for an unknown source and a wrong credential', async () => {
    const answers = await Promise.all([
      casdoor(casdoorLogin('x'), '/in/nowhere'),
      casdoor(casdoorLogin('x'), '/in/casdoor', 'another-secret'),
      casdoor(casdoorLogin('x'), '/in/CASDOOR'),
      casdoor(casdoorLogin('x'), '/in/%00%2f'),
      casdoor('{', '/in/casdoor', 'another-secret'),
      logto('{}', '{} '),
      hub.http.post('/in/casdoor').send(),
      hub.http.post('/in/logto').set('Content-Type', 'application/json').send('{}'),
    ])
    const seen = answers.map(({ status, text, headers }) => {
      const undated = Object.entries(headers).filter(([name]) => name !== 'date')
      return { status, text, headers: new Map(undated) }
    })
    expect(seen[0]?.status).toBe(401)
    for (const each of seen) expect(each).toEqual(seen[0])
  })

  it('comes before anything is read', async () => {
    await casdoor('{', '/in/casdoor', 'another-secret').expect(401)
    await casdoor('{').expect(400)
  })
})

it('a body that is too large is 413, whoever sends it', async () => {
  const body = casdoorLogin('x'.repeat(4096))
  await casdoor(body).expect(413, 'The body is larger than 4096 bytes.\n')
  await casdoor(body, '/in/nowhere').expect(413)
})

it('a compressed body is 415', async () => {
  await casdoor(casdoorLogin('compressed'))
    .set('Content-Encoding', 'gzip')
    .expect(415, /compressed/)
})

it('a trailing slash makes no difference, and there is no redirect', async () => {
  const answer = await casdoor(casdoorLogin('slash'), '/in/casdoor/').redirects(0).expect(202)
  expect(answer.headers).not.toHaveProperty('location')
  await casdoor(casdoorLogin('slash')).expect(200, { accepted: 0, reason: 'duplicate' })
})

it('the content type makes no difference', async () => {
  await hub.http
    .post('/in/casdoor')
    .set('Content-Type', 'text/plain')
    .set('Authorization', `Bearer ${CASDOOR_SECRET}`)
    .send(casdoorLogin('plain'))
    .expect(202)
})

it('a deleted source is no source from then on', async () => {
  const other = await startTestHub()
  try {
    await other.admin.post('/tenants', { id: 'acme' })
    const { auth } = await other.admin.post<{ auth: { secret: string } }>('/sources', {
      id: 'door',
      tenant: 'acme',
      provider: 'casdoor',
      issuer: 'https://door.acme.example',
      auth: { method: 'bearer' },
    })
    const send = (name: string) =>
      other.http.post('/in/door').set('Authorization', `Bearer ${auth.secret}`).send(casdoorLogin(name))
    await send('one').expect(202)
    await other.admin.delete('/sources/door')
    await send('two').expect(401)
  } finally {
    await other.close()
  }
})
