/** What every answer has, and what none has; and bodies that nobody wanted. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AcmeHub, startAcme } from '../support/acme.ts'
import { ADMIN_TOKEN } from '../support/hub.ts'
import { exchangeRaw } from '../support/raw-client.ts'

let hub: AcmeHub
beforeAll(async () => {
  hub = await startAcme()
})
afterAll(() => hub.close())

const PAGES = [
  ...[
    '/',
    '/hub',
    '/events',
    '/events/login/failed',
    '/.well-known/jwks.json',
    '/healthz',
    '/readyz',
    '/metrics',
  ],
  ...['/topics/acme', '/topics/nobody', '/in/casdoor', '/admin/v1/tenants', '/admin/v1/openapi.json'],
]

describe.each(PAGES)('%s', (path) => {
  it('tells browsers to load, run, frame and guess nothing', async () => {
    const { headers } = await hub.http.get(path)
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'content-security-policy': expect.stringMatching(
        /default-src 'none'.*frame-ancestors 'none'/,
      ) as string,
    })
  })

  it('does not say what the hub is made of', async () => {
    const { headers } = await hub.http.get(path)
    expect(Object.keys(headers)).not.toContain('server')
    expect(Object.keys(headers)).not.toContain('x-powered-by')
    expect(JSON.stringify(headers)).not.toMatch(/koa|node|signet\//i)
  })
})

it.each([
  ['GET', '/LEAK<script>?x=LEAK'],
  ['POST', '/in/LEAK<script>'],
  ['POST', '/hub?hub.mode=LEAK<script>'],
  ['GET', '/topics/LEAK<script>'],
  ['GET', '/events/LEAK/LEAK'],
  ['GET', '/admin/v1/LEAK'],
])('%s %s is answered without repeating it', async (method, path) => {
  const answer = await exchangeRaw(
    hub.port,
    `${method} ${path} HTTP/1.1\r\nHost: LEAK.example\r\nConnection: close\r\nX-Request-Id: LEAK\r\n\r\n`,
  )
  expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /)
  // Discovery: the topic that was asked for, escaped as in a URL (WebSub §4).
  expect(answer.replace(/^Link: .*$/im, '')).not.toContain('LEAK')
  expect(answer).not.toContain('<script')
})

it.each([
  ['/nothing', '', 404],
  ['/admin/v1/tenants', '', 401],
  ['/healthz', '', 405],
  ['/in/casdoor', 'Content-Encoding: gzip\r\n', 415],
  ['/in/casdoor', '', 413],
  ['/hub', 'Content-Type: application/x-www-form-urlencoded\r\n', 413],
])('a body of 10 GB to %s is not read: the connection ends with the answer', async (path, more, status) => {
  for (const length of ['Content-Length: 10000000000\r\n', 'Transfer-Encoding: chunked\r\n']) {
    const sent = length.startsWith('C')
      ? 'x'.repeat(1_000)
      : `${(300_000).toString(16)}\r\n${'x'.repeat(300_000)}\r\n`
    const answer = await exchangeRaw(
      hub.port,
      `POST ${path} HTTP/1.1\r\nHost: hub\r\n${more}${length}\r\n${sent}`,
    )
    expect(answer).toContain(`HTTP/1.1 ${status} `)
    expect(answer).toMatch(/^Connection: close\r$/im)
  }
})

describe('the admin API reads JSON as strictly as publishers’', () => {
  const post = (body: string) =>
    hub.http
      .post('/admin/v1/tenants')
      .set('Authorization', `Bearer ${ADMIN_TOKEN}`)
      .set('Content-Type', 'application/json')
      .send(body)

  it.each([
    ['a member twice', '{"id":"zoo","id":"other"}', /twice/],
    ['__proto__', '{"id":"zoo","__proto__":{"subscribe":"open"}}', /__proto__/],
    ['depth', `{"id":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, /deep/],
    ['no UTF-8', '{"id":"\ud800"}', /cannot be used/],
    ['nothing', '', /cannot be used/],
  ])('%s is refused', async (_what, body, why) => {
    const answer = await post(body).expect(400)
    expect((answer.body as { detail: string }).detail).toMatch(why)
    expect(answer.headers['content-type']).toBe('application/problem+json')
  })

  it('and takes nothing that is compressed', async () => {
    await post('{"id":"zoo"}').set('Content-Encoding', 'gzip').expect(415)
  })
})

describe('a form', () => {
  const post = (form: string) =>
    hub.http.post('/hub').type('form').set('Authorization', `Bearer ${hub.token}`).send(form)

  it.each([
    ['with 1,025 parameters', 'a=1&'.repeat(1_024) + 'a=1', /more than 1024 parameters/],
    ['with a value of 4,097 characters', `x=${'v'.repeat(4_097)}`, /longer/],
    ['with a name of 257 characters', `${'n'.repeat(257)}=1`, /longer/],
  ])('%s is refused', async (_what, form, why) => {
    expect((await post(`hub.mode=subscribe&${form}`).expect(400)).text).toMatch(why)
    await hub.http.post(`/hub?${form.slice(0, 8_000)}`).expect(400)
  })
})
