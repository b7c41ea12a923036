/** Many subscriptions at once: none is lost, and nobody is flooded. */
import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { type AcmeHub, casdoorLogin, startAcme } from '../support/acme.ts'
import { type Receiver, type Script, startReceiver, willing } from '../support/receiver.ts'
import {
  formFor,
  isActive,
  post,
  settled,
  subscriptionsOf,
  type SubscriptionView,
} from '../support/subscriptions.ts'
import { until } from '../support/until.ts'

let hub: AcmeHub
let receiver: Receiver

afterEach(async () => {
  await hub.close()
  await receiver.close()
})

/** A server that takes connections and says nothing, at as many addresses as there are numbers. */
async function startSilence() {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
  })
  server.listen(0, '0.0.0.0')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: (n: number) => `http://127.0.0.${2 + n}:${port}/`,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** As many requests at a time as a client's connections allow. */
async function inParallel(count: number, connections: number, task: (n: number) => Promise<unknown>) {
  let next = 0
  const worker = async () => {
    while (next < count) await task(next++)
  }
  await Promise.all(Array.from({ length: connections }, worker))
}

it(
  '500 subscriptions asked for together all become active, and all get the next event',
  { timeout: 60_000 },
  async () => {
    hub = await startAcme()
    receiver = await startReceiver()
    const topic = hub.topic('/login/succeeded')
    await inParallel(500, 50, (n) =>
      post(hub, formFor(hub, receiver.url(`/cb/${n}`), { 'hub.topic': topic })).expect(202),
    )
    await receiver.waitFor((requests) => requests.length === 500, { timeoutMs: 20_000 })
    await until(
      async () => {
        const { items } = await hub.admin.get<{ items: SubscriptionView[] }>('/subscriptions?limit=500')
        return items.length === 500 && items.every(isActive)
      },
      { timeoutMs: 20_000 },
    )

    await hub.casdoor(casdoorLogin('for all'))
    await receiver.waitFor(() => receiver.deliveries().length >= 500, { timeoutMs: 20_000 })
    expect(new Set(receiver.deliveries().map(({ url }) => url)).size).toBe(500)
    expect(receiver.deliveries()).toHaveLength(500)
  },
)

it('one host is asked a few questions at a time, and holds up no other', async () => {
  hub = await startAcme({ env: { SIGNET_OUTBOUND_ALLOW: '127.0.0.0/8,localhost' } })
  const { promise: released, resolve: release } = Promise.withResolvers<undefined>()
  const slow: Script = (request) => released.then(() => willing(request))
  receiver = await startReceiver({ script: slow })
  // Another port of the same host is no other host.
  const sibling = await startReceiver({ script: slow })
  const other = await startReceiver()
  const quick = other.url('/quick').replace('127.0.0.1', 'localhost')
  try {
    for (let n = 0; n < 10; n += 1) {
      await post(hub, formFor(hub, receiver.url(`/slow/${n}`))).expect(202)
      await post(hub, formFor(hub, sibling.url(`/slow/${n}`))).expect(202)
    }
    await post(hub, formFor(hub, quick)).expect(202)
    await settled(hub, quick, isActive)
    // Eight at a time, but for those that are kept for renewals and denials.
    expect(receiver.requests.length + sibling.requests.length).toBe(5)
    release(undefined)
    await settled(hub, sibling.url('/slow/9'), isActive)
    expect(receiver.requests.length + sibling.requests.length).toBe(20)
  } finally {
    release(undefined)
    await other.close()
    await sibling.close()
  }
})

it('many hosts that do not answer hold up no other', async () => {
  hub = await startAcme({
    env: { SIGNET_OUTBOUND_ALLOW: '127.0.0.0/8,localhost', SIGNET_DELIVERY_TIMEOUT: '60s' },
  })
  receiver = await startReceiver()
  const silent = await startSilence()
  const quick = receiver.url('/quick').replace('127.0.0.1', 'localhost')
  try {
    for (let n = 0; n < 100; n += 1) await post(hub, formFor(hub, silent.url(n))).expect(202)
    await post(hub, formFor(hub, quick)).expect(202)
    await settled(hub, quick, isActive)
  } finally {
    await silent.close()
  }
})

it('more than the allowed number waiting is 429, until some are done', async () => {
  hub = await startAcme({ env: { SIGNET_MAX_VERIFICATIONS: '2' } })
  const held: (() => void)[] = []
  receiver = await startReceiver({
    script: async (request) => {
      await new Promise<void>((resolve) => held.push(resolve))
      return willing(request)
    },
  })
  await post(hub, formFor(hub, receiver.url('/1'))).expect(202)
  await post(hub, formFor(hub, receiver.url('/2'))).expect(202)
  const refused = await post(hub, formFor(hub, receiver.url('/3'))).expect(429, /Too many verifications/)
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
  expect(refused.headers['content-type']).toBe('text/plain; charset=utf-8')
  expect(await subscriptionsOf(hub, receiver.url('/3'))).toEqual([])

  await until(() => Promise.resolve(held.length === 2))
  held.forEach((release) => release())
  await settled(hub, receiver.url('/1'), isActive)
  await settled(hub, receiver.url('/2'), isActive)
  receiver.reply(willing)
  await post(hub, formFor(hub, receiver.url('/3'))).expect(202)
  await settled(hub, receiver.url('/3'), isActive)
})
