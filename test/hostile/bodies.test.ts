/** Bodies made to cost more than they are, or to mean something else than they say. */
import { createHmac } from 'node:crypto'
import { gzipSync, deflateSync, brotliCompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { type AcmeHub, CASDOOR_SECRET, casdoorLogin, LOGTO_SECRET, startAcme } from '../support/acme.ts'
import { ADMIN_TOKEN } from '../support/hub.ts'
import { exchangeRaw, rawClient } from '../support/raw-client.ts'
import { isActive, post, settled } from '../support/subscriptions.ts'
import { startReceiver } from '../support/receiver.ts'
import { makeWso2Source, SESSIONS } from '../support/wso2.ts'

let hub: AcmeHub
beforeAll(async () => {
  hub = await startAcme()
  await hub.admin.post('/sources', {
    ...{ id: 'own', tenant: 'acme', provider: 'json', issuer: 'https://own.acme.example' },
    auth: { method: 'bearer', secret: CASDOOR_SECRET },
  })
  await makeWso2Source(hub)
})
afterAll(() => hub.close())

const events = async (): Promise<number> =>
  (await hub.admin.get<{ items: object[] }>('/events?limit=500')).items.length

/** Each door that reads a body, with whatever it takes to be let in there. */
const DOORS: [
  name: string,
  send: (body: Buffer, headers?: Record<string, string>) => Promise<{ status: number; text: string }>,
][] = [
  ...['casdoor', 'own'].map((source): (typeof DOORS)[number] => [
    `/in/${source}`,
    (body, headers = {}) =>
      raw(`/in/${source}`, body, { Authorization: `Bearer ${CASDOOR_SECRET}`, ...headers }),
  ]),
  [
    '/in/logto',
    (body, headers = {}) => {
      const signature = createHmac('sha256', LOGTO_SECRET).update(body).digest('hex')
      return raw('/in/logto', body, { 'logto-signature-sha-256': signature, ...headers })
    },
  ],
  [
    '/hub, content',
    (body, headers = {}) => raw(`/hub?hub.mode=publish&hub.topic=${SESSIONS}`, body, headers),
  ],
  [
    '/admin/v1/tenants',
    (body, headers = {}) =>
      raw('/admin/v1/tenants', body, { Authorization: `Bearer ${ADMIN_TOKEN}`, ...headers }),
  ],
]

async function raw(
  path: string,
  body: Buffer,
  headers: Record<string, string>,
): Promise<{ status: number; text: string }> {
  const all = { 'Content-Type': 'application/json', 'Content-Length': String(body.length), ...headers }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  const head = `POST ${path} HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n${lines.join('')}\r\n`
  const text = await exchangeRaw(hub.port, Buffer.concat([Buffer.from(head), body]))
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]), text }
}

const BOMB = gzipSync(Buffer.alloc(50 * 1024 * 1024))

const nested = (open: string, close: string): Buffer =>
  Buffer.from(open.repeat(100_000) + close.repeat(100_000))

const BODIES: [
  what: string,
  status: number | readonly number[],
  body: () => Buffer,
  headers?: Record<string, string>,
][] = [
  ['nothing', 400, () => Buffer.alloc(0)],
  ['a space', 400, () => Buffer.from(' ')],
  ['a byte order mark alone', 400, () => Buffer.from('\ufeff')],
  ['UTF-16', 400, () => Buffer.from('\ufeff{"action":"login","event":"x"}', 'utf16le')],
  ['no UTF-8', 400, () => Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
  ['an overlong NUL', 400, () => Buffer.from([0x22, 0xc0, 0x80, 0x22])],
  ['half a character', 400, () => Buffer.from([0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x3a, 0x31, 0x7d])],
  ['lists 100,000 deep', 400, () => nested('[', ']')],
  ['objects 100,000 deep', [400, 413], () => nested('{"":', '1}')],
  ['lists 100,000 deep that do not end', 400, () => nested('[', '')],
  ['a member twice', 400, () => Buffer.from('{"id":"zoo","event":"x","action":"login","id":"zoo"}')],
  [
    '__proto__',
    400,
    () => Buffer.from('{"id":"zoo","event":"x","action":"login","__proto__":{"subscribe":"open"}}'),
  ],
  ['a number beyond numbers', 400, () => Buffer.from(`{"id":1${'0'.repeat(10_000)}}`)],
  ['10 MB', 413, () => Buffer.alloc(10_000_000, '[')],
  ['a bomb by gzip', 415, () => BOMB, { 'Content-Encoding': 'gzip' }],
  ['a bomb by deflate', 415, () => deflateSync(Buffer.alloc(1024 * 1024)), { 'Content-Encoding': 'deflate' }],
  [
    'a bomb by brotli',
    415,
    () => brotliCompressSync(Buffer.alloc(1024 * 1024)),
    { 'Content-Encoding': 'br' },
  ],
  ['a bomb in a bomb', 415, () => gzipSync(gzipSync(BOMB)), { 'Content-Encoding': 'gzip, gzip' }],
  ['an encoding that there is not', 415, () => Buffer.from('{}'), { 'Content-Encoding': 'x-LEAK' }],
]

describe.each(DOORS)('to %s', (door, send) => {
  test.each(BODIES)('%s is refused, and nothing is taken in', async (_what, status, body, headers) => {
    const before = await events()
    const answer = await send(body(), headers)
    expect([door, [status].flat()]).toEqual([door, expect.arrayContaining([answer.status])])
    expect(answer.text).not.toContain('LEAK')
    expect(await events()).toBe(before)
  })
})

describe('half a character, escaped', () => {
  it('is no text in an event of one’s own, and refused', async () => {
    const [, send] = DOORS[1] ?? []
    const event = { id: 'x', event: 'login/failed', sub_id: { format: 'opaque', id: 'u' }, toe: 1 }
    const body = JSON.stringify(event).replace('"u"', '"\\ud800"')
    expect((await send?.(Buffer.from(body)))?.status).toBe(400)
  })

  it('of a user’s name hides no event of that user, and the token is JSON still', async () => {
    const login = JSON.parse(casdoorLogin('surrogate')) as object
    const body = JSON.stringify({ ...login, user: 'mallory\ud800' })
    const answer = await hub.casdoor(body)
    expect(answer.accepted).toBe(2)
    const { set } = await hub.admin.get<{ set: string }>(`/events/${answer.events[0]?.jti ?? ''}`)
    const payload = Buffer.from(set.split('.')[1] ?? '', 'base64url')
    expect(
      () => JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload)) as object,
    ).not.toThrow()
  })
})

describe('a form', () => {
  const subscribe = (form: string) =>
    post(hub, `hub.mode=subscribe&hub.topic=${encodeURIComponent(hub.topic())}&${form}`)
  const callback = 'hub.callback=http%3A%2F%2F127.0.0.1%3A1%2Fcb'

  test.each([
    ['with bytes that are no UTF-8', `${callback}&hub.secret=%ff`],
    ['with half a character', `${callback}&hub.secret=%ED%A0%80`],
    ['with an escape that is none', `${callback}&hub.secret=%zz`],
    ['with a byte order mark', `${callback}&hub.mode=subscribe`],
    ['with a parameter twice', `${callback}&${callback}`],
    ['with a line break in the callback', 'hub.callback=http%3A%2F%2F127.0.0.1%3A1%2F%0d%0aX%3A+y'],
    ['with a NUL in the callback', 'hub.callback=http%3A%2F%2F127.0.0.1%3A1%2F%00'],
    ['with a lease of nonsense', `${callback}&hub.lease_seconds=1e9`],
    ['of 10 MB', `${callback}&x=${'x'.repeat(10_000_000)}`],
  ])('%s is refused', async (_what, form) => {
    expect([400, 413]).toContain((await subscribe(form)).status)
    expect((await hub.admin.get<{ items: object[] }>('/subscriptions')).items).toEqual([])
  })

  it('with control characters in what is echoed gives them back escaped', async () => {
    const receiver = await startReceiver()
    try {
      const url = receiver.url('/echo')
      await subscribe(
        `hub.callback=${encodeURIComponent(url)}&hub.verify_token=${encodeURIComponent('a\r\nX-Evil: 1\u0000\u001b[2J')}`,
      ).expect(202)
      await settled(hub, url, isActive)
      expect(receiver.requests[0]?.url).toContain('hub.verify_token=a%0D%0AX-Evil%3A%201%00%1B%5B2J')
      expect(receiver.requests[0]?.headers).not.toHaveProperty('x-evil')
    } finally {
      await receiver.close()
    }
  })
})

it('a body that comes slowly holds up nobody else', async () => {
  const slow = await Promise.all(Array.from({ length: 20 }, () => rawClient(hub.port)))
  for (const one of slow) {
    one.write(
      `POST /in/casdoor HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer ${CASDOOR_SECRET}\r\nContent-Length: 1000\r\n\r\n{`,
    )
  }
  expect((await hub.casdoor(casdoorLogin('beside the slow'))).accepted).toBe(2)
  for (const one of slow) one.close()
})
