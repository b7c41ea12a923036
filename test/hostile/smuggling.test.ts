/** Requests that two servers would read differently: one behind the other, nothing may be smuggled past either. */
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { type AcmeHub, CASDOOR_SECRET, casdoorLogin, startAcme } from '../support/acme.ts'
import { ADMIN_TOKEN } from '../support/hub.ts'
import { exchangeRaw, rawClient } from '../support/raw-client.ts'

let hub: AcmeHub
beforeAll(async () => {
  hub = await startAcme()
})
afterAll(() => hub.close())

/** What would be taken in if it were ever read as a request. */
const HIDDEN = (name: string): string => {
  const body = casdoorLogin(name)
  return `POST /in/casdoor HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer ${CASDOOR_SECRET}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}

const events = async (): Promise<number> =>
  (await hub.admin.get<{ items: object[] }>('/events?limit=500')).items.length

const head = (lines: string): string => `POST /healthz HTTP/1.1\r\nHost: hub\r\n${lines}\r\n`

const CASES: [what: string, head: string, body: (hidden: string) => string][] = [
  ['CL.TE', 'Content-Length: 4\r\nTransfer-Encoding: chunked\r\n', (hidden) => `0\r\n\r\n${hidden}`],
  ['TE.CL', 'Transfer-Encoding: chunked\r\nContent-Length: 4\r\n', (hidden) => `0\r\n\r\n${hidden}`],
  ['two lengths', 'Content-Length: 0\r\nContent-Length: 44\r\n', (hidden) => hidden],
  ['the same length twice', 'Content-Length: 0\r\nContent-Length: 0\r\n', (hidden) => hidden],
  ['lengths in a list', 'Content-Length: 0, 0\r\n', (hidden) => hidden],
  ['a length with a sign', 'Content-Length: +0\r\n', (hidden) => hidden],
  ['a negative length', 'Content-Length: -1\r\n', (hidden) => hidden],
  ['a length in hex', 'Content-Length: 0x0\r\n', (hidden) => hidden],
  ['a length with a space before the colon', 'Content-Length : 0\r\n', (hidden) => hidden],
  ['a folded length', 'Content-Length:\r\n 0\r\n', (hidden) => hidden],
  ['a length beyond numbers', 'Content-Length: 99999999999999999999999\r\n', (hidden) => hidden],
  ['an encoding that is not chunked', 'Transfer-Encoding: xchunked\r\n', (hidden) => hidden],
  ['chunked and then another', 'Transfer-Encoding: chunked, identity\r\n', (hidden) => `0\r\n\r\n${hidden}`],
  [
    'chunked twice',
    'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n',
    (hidden) => `0\r\n\r\n${hidden}`,
  ],
  ['chunked after a tab', 'Transfer-Encoding:\x0bchunked\r\n', (hidden) => `0\r\n\r\n${hidden}`],
  ['chunked before a colon with space', 'Transfer-Encoding : chunked\r\n', (hidden) => `0\r\n\r\n${hidden}`],
  ['a chunk size of nonsense', 'Transfer-Encoding: chunked\r\n', (hidden) => `zz\r\n${hidden}`],
  ['a chunk size with a sign', 'Transfer-Encoding: chunked\r\n', (hidden) => `-1\r\n${hidden}`],
  [
    'a chunk size beyond reason',
    'Transfer-Encoding: chunked\r\n',
    (hidden) => `ffffffffffffffffff\r\n${hidden}`,
  ],
  ['a bare line feed after a chunk', 'Transfer-Encoding: chunked\r\n', (hidden) => `1\nx\n0\n\n${hidden}`],
  [
    'a chunk longer than it says',
    'Transfer-Encoding: chunked\r\n',
    (hidden) => `1\r\nxx\r\n0\r\n\r\n${hidden}`,
  ],
  ['a NUL in a header', 'X-A: a\0b\r\n', (hidden) => hidden],
  ['a bare carriage return in a header', 'X-A: a\rContent-Length: 0\r\n', (hidden) => hidden],
  ['a header without a name', ': x\r\n', (hidden) => hidden],
]

describe('a request whose length can be read in two ways', () => {
  test.each(CASES)(
    '%s: its connection ends, and what is behind it is not read',
    async (what, lines, body) => {
      const before = await events()
      const answer = await exchangeRaw(hub.port, head(lines) + body(HIDDEN(`hidden: ${what}`)))
      expect(answer.match(/^HTTP\/1\.1 \d+/gm)).toEqual([expect.stringMatching(/^HTTP\/1\.1 4(00|05|13)$/)])
      expect(answer).not.toContain('hidden')
      expect(await events()).toBe(before)
    },
  )

  it('is told from two that are plain', async () => {
    const before = await events()
    const client = await rawClient(hub.port)
    client.write(head('Content-Length: 2\r\n') + 'xx' + HIDDEN('the second'))
    expect((await client.answers(2)).match(/^HTTP\/1\.1 \d+/gm)).toEqual(['HTTP/1.1 405', 'HTTP/1.1 202'])
    client.close()
    expect(await events()).toBe(before + 2)
  })
})

test.each([
  ['no Host', 'GET /healthz HTTP/1.1\r\n\r\n'],
  ['another version', 'GET /healthz HTTP/3.0\r\nHost: hub\r\n\r\n'],
  ['the beginning of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ['a method of nonsense', 'LEAK / HTTP/1.1\r\nHost: hub\r\n\r\n'],
  ['a space in the target', 'GET /LEAK LEAK HTTP/1.1\r\nHost: hub\r\n\r\n'],
  ['a request for another protocol', 'CONNECT hub:80 HTTP/1.1\r\nHost: hub\r\n\r\n'],
  ['20 KB of headers', `GET /healthz HTTP/1.1\r\nHost: hub\r\n${'X-LEAK: LEAK\r\n'.repeat(1_500)}\r\n`],
  ['a target of 20 KB', `GET /${'LEAK'.repeat(5_000)} HTTP/1.1\r\nHost: hub\r\n\r\n`],
])('%s is refused, or the connection is closed; nothing is repeated', async (_what, bytes) => {
  const answer = await exchangeRaw(hub.port, bytes)
  expect(answer).toMatch(/^$|^HTTP\/1\.1 4\d\d /)
  expect(answer).not.toContain('LEAK')
})

test.each([
  ['a line without a version', 'GET /healthz\r\n'],
  ['an absolute target', 'GET http://evil.example/healthz HTTP/1.1\r\nHost: hub\r\n'],
  ['a target with a user name', 'GET http://u:p@evil.example/LEAK HTTP/1.1\r\nHost: hub\r\n'],
  ['a target that is no URL', 'GET //[LEAK HTTP/1.1\r\nHost: hub\r\n'],
  ['an escape that is none', 'GET /in/%zz HTTP/1.1\r\nHost: hub\r\n'],
  ['bytes that are no UTF-8', 'GET /topics/%ff%fe HTTP/1.1\r\nHost: hub\r\n'],
  ['an upgrade', 'GET /healthz HTTP/1.1\r\nHost: hub\r\nUpgrade: websocket\r\n'],
  ['an expectation', 'GET /healthz HTTP/1.1\r\nHost: hub\r\nExpect: miracles\r\n'],
  ['TRACE', 'TRACE /healthz HTTP/1.1\r\nHost: hub\r\nX-Secret: LEAK\r\n'],
  ['OPTIONS of everything', 'OPTIONS * HTTP/1.1\r\nHost: hub\r\n'],
])('%s is answered like any other request, without a 5xx', async (_what, bytes) => {
  const answer = await exchangeRaw(hub.port, `${bytes}Connection: close\r\n\r\n`)
  expect(answer).toMatch(/^HTTP\/1\.1 [24]\d\d /)
  expect(answer).not.toContain('LEAK')
})

/** Of which another reader, a proxy say, may have taken the other one. */
describe('a header that can be there once alone', () => {
  const authorized = `Authorization: Bearer ${ADMIN_TOKEN}\r\n`
  test.each([
    ['two hosts', '/healthz', 'Host: hub\r\nHost: other\r\n'],
    ['the same host twice', '/healthz', 'Host: hub\r\nhost: hub\r\n'],
    ['two tokens', '/admin/v1/tenants', `Host: hub\r\n${authorized}Authorization: Bearer LEAK\r\n`],
    ['the same token twice', '/admin/v1/tenants', `Host: hub\r\n${authorized}${authorized}`],
  ])('%s are 400 (RFC 9112 §3.2)', async (_what, target, lines) => {
    const answer = await exchangeRaw(hub.port, `GET ${target} HTTP/1.1\r\n${lines}Connection: close\r\n\r\n`)
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(answer).not.toContain('LEAK')
  })
})
