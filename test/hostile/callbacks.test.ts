/** URLs made to reach what a stranger must not: at every door where one is given, and at the connection. */
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { parseAllowList } from '../../src/core/address.ts'
import { createOutbound } from '../../src/outbound/outbound.ts'
import { type AcmeHub, startAcme } from '../support/acme.ts'
import { admin } from '../support/admin-api.ts'
import { formFor, post } from '../support/subscriptions.ts'
import { newWebhook } from '../support/webhooks.ts'

let hub: AcmeHub
beforeAll(async () => {
  // As on the internet: nothing private is allowed.
  hub = await startAcme({ env: { SIGNET_OUTBOUND_ALLOW: '' } })
})
afterAll(() => hub.close())

const HOSTS = [
  ...[
    '127.0.0.1',
    '127.1',
    '0',
    '0.0.0.0',
    '2130706433',
    '0x7f.1',
    '0x7f000001',
    '0177.0.0.1',
    '017700000001',
  ],
  ...['127.0.0.1.', 'localhost', 'localhost.', 'foo.localhost', 'LOCALHOST', '127。0。0。1', '①②⑦.⓪.⓪.①'],
  ...['[::1]', '[::]', '[0:0:0:0:0:0:0:1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::127.0.0.1]'],
  ...['[::ffff:0:127.0.0.1]', '[::5efe:7f00:1]', '[2606:4700::5efe:7f00:1]', '[64:ff9b::a9fe:a9fe]'],
  ...['[64:ff9b:1::7f00:1]', '[2002:7f00:1::]', '[2001:0:4136:e378:8000:63bf:3fff:fdd2]', '[fe80::1]'],
  ...['[fe80::1%25eth0]', '[fe80::1%eth0]', '[fec0::1]', '[fd00:ec2::254]', '[fc00::1]', '[ff02::1]'],
  ...['169.254.169.254', '100.64.0.1', '10.0.0.1', '172.16.0.1', '192.168.1.1', '192.0.2.1', '198.18.0.1'],
  ...[
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    'intranet',
    'good.example@127.0.0.1',
    'user:pw@good.example',
  ],
  ...['good.example\\@127.0.0.1', 'good.example#@127.0.0.1', '%31%32%37.0.0.1', '127.0.0.1%00.good.example'],
  ...['good.example:0', 'good.example:65536', 'good.example:-1', 'good.example:8o', 'good.example:', ''],
  ...['[', ']', '[]', '[::1', '::1', '.', '..', '-', '*.example', 'a..b', ' good.example', 'good.example '],
  ...['xn--', '\u00ad', 'ex\u200dample.com', 'good.example\u0000', 'a'.repeat(64) + '.example'],
]

const URLS = [
  ...HOSTS.flatMap((host) => [`http://${host}/cb`, `https://${host}/cb`]),
  ...['http:\\\\127.0.0.1/cb', 'https:\\\\good.example/cb', 'https:/good.example/cb', 'https:good.example'],
  ...['//127.0.0.1/cb', '/cb', 'cb', '', 'https://', 'https:///cb', 'https://?x', 'https://#x'],
  ...[
    'https://good.example/\tcb',
    'https://good.example/\ncb',
    'ht\ntps://good.example/',
    '\thttps://good.example/',
  ],
  ...[
    'https://good.example/\r\nX-Evil: 1',
    'https://good.example/\u0000',
    'https://good.example/é',
    'https://g\rood.example/',
  ],
  ...[
    'https://good.example/#fragment',
    `https://good.example/${'a'.repeat(65_536)}`,
    `https://${'a.'.repeat(2_000)}example/`,
  ],
  ...[
    'file:///etc/passwd',
    'gopher://127.0.0.1:25/_x',
    'javascript:alert(1)',
    'data:text/plain,x',
    'ftp://good.example/',
  ],
  ...[
    'ws://good.example/',
    'http+unix://%2Frun%2Fx.sock/',
    'blob:https://good.example/x',
    'about:blank',
    'HTTPS',
  ],
]

describe.each([
  ['a callback', async (url: string) => (await post(hub, formFor(hub, url))).status],
  [
    'a callback that is given up',
    async (url: string) => (await post(hub, formFor(hub, url, { 'hub.mode': 'unsubscribe' }))).status,
  ],
  ['a webhook’s URL', async (url: string) => (await admin(hub, 'post', '/webhooks', newWebhook(url))).status],
  [
    'the address of a publisher’s keys',
    async (url: string) => {
      const auth = { method: 'jwt', issuer: 'https://idp.acme.example', audience: 'x', jwks_url: url }
      const source = { id: 'keys', tenant: 'acme', provider: 'set', issuer: 'https://idp.acme.example', auth }
      return (await admin(hub, 'post', '/sources', source)).status
    },
  ],
])('as %s', (_what, give) => {
  test('every one of them is refused, and nothing is kept', async () => {
    for (const url of URLS) {
      const status = await give(url)
      // What is longer than a parameter or a body may be is that.
      expect([url.slice(0, 80), status]).toEqual([
        url.slice(0, 80),
        expect.toSatisfy((n) => n === 400 || n === 413),
      ])
    }
    for (const list of ['subscriptions', 'webhooks']) {
      expect((await hub.admin.get<{ items: object[] }>(`/${list}`)).items).toEqual([])
    }
    expect((await hub.admin.get<{ items: object[] }>('/sources')).items).toHaveLength(2)
  })
})

it('%0d%0a in a path is a path, and stays one', async () => {
  await post(hub, formFor(hub, 'https://good.invalid/a%0d%0aX-Evil:%201?b=%0d%0a')).expect(202)
  const { items } = await hub.admin.get<{ items: { callback: string }[] }>('/subscriptions')
  expect(items.map(({ callback }) => callback)).toEqual(['https://good.invalid/a%0d%0aX-Evil:%201?b=%0d%0a'])
})

it('what got past the doors is refused at the connection, by both clients', async () => {
  const out = createOutbound({ allow: parseAllowList([]).allow, userAgent: 'test' })
  try {
    for (const host of HOSTS.slice(0, HOSTS.indexOf('intranet'))) {
      for (const scheme of ['http', 'https']) {
        const url = `${scheme}://${host}:1/`
        const limits = { timeoutMs: 5_000, maxBodyBytes: 10 }
        const sent = await out.send({ method: 'GET', url, headers: {}, ...limits })
        const read = await out.read({ url, accept: '*/*', ...limits })
        const fetched = await out.fetch({ url, ...limits })
        // `protocol`: no URL at all; `dns`: a name that is nobody's.
        for (const exchange of [sent, read]) {
          expect([url, exchange]).toEqual([
            url,
            expect.objectContaining({
              kind: 'fault',
              fault: expect.stringMatching(/^(forbidden|protocol|dns)$/) as string,
            }),
          ])
        }
        expect([url, fetched.kind]).toEqual([url, 'failed'])
      }
    }
  } finally {
    await out.close()
  }
})
