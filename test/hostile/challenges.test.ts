/** Callbacks that answer the question whether they meant it in every way but the right one, all at once. */
import type { Socket } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type AcmeHub, casdoorLogin, startAcme } from '../support/acme.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'
import { formFor, post, subscriptionsOf, type SubscriptionView } from '../support/subscriptions.ts'
import { until } from '../support/until.ts'
import { drip, pour } from '../outbound/raw-server.ts'
import { type Site, startSite } from './site.ts'

/** Several times what an honest verification takes. */
const TIMEOUT_MS = 3_000

const answer = (status: string, body: string, more = ''): string =>
  `HTTP/1.1 ${status}\r\n${more}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`

type Play = (socket: Socket, challenge: string) => void

/** What is known of the subscription in the end: refused for good, or asked again later. */
const CALLBACKS: [name: string, play: Play, state: 'ended' | 'pending'][] = [
  ['a newline behind it', (socket, it) => void socket.write(answer('200 OK', `${it}\n`)), 'ended'],
  [
    'a byte order mark before it',
    (socket, it) => void socket.write(answer('200 OK', `\ufeff${it}`)),
    'ended',
  ],
  [
    'the whole query reflected',
    (socket, it) => void socket.write(answer('200 OK', `hub.challenge=${it}`)),
    'ended',
  ],
  ['nothing', (socket) => void socket.write(answer('200 OK', '')), 'ended'],
  ['it, as not found', (socket, it) => void socket.write(answer('404 Not Found', it)), 'ended'],
  ['it, as a fault', (socket, it) => void socket.write(answer('500 No', it)), 'pending'],
  [
    'it, and a redirect',
    (socket, it) => void socket.write(answer('302 Found', it, 'Location: /elsewhere\r\n')),
    'ended',
  ],
  ['nothing at all', () => undefined, 'pending'],
  [
    'it, a byte at a time',
    (socket, it) => drip(socket, it.slice(0, 1), `HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n`),
    'ended',
  ],
  [
    'it, and gigabytes behind it',
    (socket, it) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n${it}`)
      pour(socket, () => 'x'.repeat(65_536))
    },
    'ended',
  ],
]

let hub: AcmeHub
let healthy: Receiver
const sites: Site[] = []
let tookMs: number

beforeAll(async () => {
  hub = await startAcme({ env: { SIGNET_DELIVERY_TIMEOUT: `${TIMEOUT_MS}ms` } })
  healthy = await startReceiver()
  for (const [, play] of CALLBACKS) {
    const site = await startSite((socket, line) => {
      const { searchParams } = new URL(line.split(' ')[1] ?? '', 'http://callback')
      play(socket, searchParams.get('hub.challenge') ?? '')
    })
    sites.push(site)
    await post(hub, formFor(hub, site.url)).expect(202)
  }
  const askedAt = performance.now()
  await hub.subscribe(healthy, { target: '/healthy' })
  tookMs = performance.now() - askedAt
}, 60_000)

afterAll(async () => {
  await hub.close()
  await healthy.close()
  for (const site of sites) await site.close()
})

it('keep nobody else from being verified', async () => {
  expect(tookMs).toBeLessThan(TIMEOUT_MS)
  await hub.casdoor(casdoorLogin('one'))
  await healthy.waitFor(() => healthy.deliveries().length > 0, { timeoutMs: 10_000 })
}, 30_000)

it.each(CALLBACKS.map(([name, , state], i) => [name, state, i] as const))(
  '%s verifies nothing',
  { timeout: 60_000 },
  async (_, state, i) => {
    const callback = sites[i]?.url ?? ''
    let found: SubscriptionView | undefined
    await until(
      async () => {
        found = (await subscriptionsOf(hub, callback))[0]
        return found !== undefined && found.verification !== null
      },
      { timeoutMs: 10 * TIMEOUT_MS },
    )
    expect(found?.state).toBe(state)
  },
)

it('nobody who was not verified gets anything', async () => {
  await healthy.waitFor(() => healthy.deliveries().length > 0, { timeoutMs: 10_000 })
  const { items } = await hub.admin.get<{ items: { subscription: string }[] }>('/deliveries')
  expect(items).toHaveLength(healthy.deliveries().length)
})
