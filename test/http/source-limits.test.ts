/** What a publisher may do, and what a stranger learns by trying. */
import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { requireAuthentic } from '../../src/http/authentic.ts'
import { providers } from '../../src/providers/index.ts'
import { type AcmeHub, CASDOOR_SECRET, casdoorLogin, LOGTO_SECRET, startAcme } from '../support/acme.ts'
import { admin } from '../support/admin-api.ts'
import { until } from '../support/until.ts'
import { adapter, makeWso2Source, PREFIX } from '../support/wso2.ts'

let hub: AcmeHub
let now = Date.now()

beforeAll(async () => {
  hub = await startAcme({ env: { SIGNET_SOURCE_RATE: '3' }, overrides: { clock: { now: () => now } } })
})
afterAll(() => hub.close())

const login = (name: string, secret = CASDOOR_SECRET) =>
  hub.http
    .post('/in/casdoor')
    .set('Content-Type', 'application/json')
    .set('Authorization', `Bearer ${secret}`)
    .send(casdoorLogin(name))

describe('a source that sends too much at once', () => {
  it('is told to send it again later, costs no other source anything, and goes on afterwards', async () => {
    for (const name of ['a', 'b', 'c']) await login(name).expect(202)
    const refused = await login('d').expect(503)
    expect(refused.text).toBe('This source sends too much at once. Send it again later.\n')
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
    await until(async () =>
      JSON.stringify(await hub.admin.get('/sources/casdoor')).includes('sends too much'),
    )
    const logto = '{"event":"PostSignIn","userId":"u"}'
    await hub.http
      .post('/in/logto')
      .set('logto-signature-sha-256', createHmac('sha256', LOGTO_SECRET).update(logto).digest('hex'))
      .send(logto)
      .expect(202)
    now += 1_000
    await login('d').expect(202)
  })

  it('is not held up by strangers who use its name', async () => {
    now += 10_000
    for (let n = 0; n < 10; n += 1) await login(`x${n}`, 'wrong').expect(401)
    await login('mine').expect(202)
  })
})

it('names of topics count as what is published under them does', async () => {
  now += 10_000
  await makeWso2Source(hub)
  for (const name of ['a', 'b']) await adapter(hub).register(`${PREFIX}${name}`).expect(200)
  await adapter(hub).deregister(`${PREFIX}a`).expect(200)
  await adapter(hub).register(`${PREFIX}c`).expect(503)
  await adapter(hub).deregister(`${PREFIX}b`).expect(503)
  now += 1_000
  await adapter(hub).register(`${PREFIX}c`).expect(200)
})

it('tokens that prove themselves are counted by who sends them, before they are verified', async () => {
  now += 10_000
  const auth = {
    ...{ method: 'jwt', issuer: 'https://idp.acme.example', audience: 'x' },
    jwks_url: 'https://idp.acme.example/jwks',
  }
  await admin(hub, 'post', '/sources', {
    ...{ id: 'idp', tenant: 'acme', provider: 'set', issuer: 'https://idp.acme.example', auth },
  }).expect(201)
  const push = () => hub.http.post('/in/idp').set('Content-Type', 'application/secevent+jwt').send('a.b.c')
  for (let n = 0; n < 3; n += 1) await push().expect(400)
  await push().expect(503)
})

it('a wrong credential takes as long as a source that there is not', () => {
  const body = Buffer.alloc(250_000, 'x')
  const request = { headers: { authorization: 'Bearer wrong' }, body, receivedAt: now, peer: '203.0.113.9' }
  const parts = {
    providers,
    observer: { intakeRefused: () => undefined } as never,
    refusals: { note: () => undefined },
  }
  const source = (provider: string, auth: object) =>
    ({ source: { id: 'x', tenant: 'acme', provider, issuer: 'i', disclose: [] }, auth }) as never
  const kinds = [
    undefined,
    source('casdoor', { method: 'bearer', secret: 'right' }),
    source('logto', { method: 'hmac', secret: 'right' }),
  ]
  const took = kinds.map(() => [] as number[])
  // By turns, so that a busy machine slows all of them.
  for (let round = 0; round < 200; round += 1) {
    for (const [index, kind] of kinds.entries()) {
      const start = performance.now()
      expect(() => requireAuthentic(parts, kind, request)).toThrow('There is no such source')
      took[index]?.push(performance.now() - start)
    }
  }
  const medians = took.map((times) => times.sort((a, b) => a - b)[100] ?? 0)
  // Without care they would differ by a hundred.
  expect(Math.max(...medians) / Math.min(...medians)).toBeLessThan(5)
})
