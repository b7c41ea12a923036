/** What one client, one host and one subscriber may ask of the hub, and that it costs no other. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type AcmeHub, startAcme } from '../support/acme.ts'
import { type Receiver, startReceiver, willing } from '../support/receiver.ts'
import { formFor, isActive, post, settled } from '../support/subscriptions.ts'

let hub: AcmeHub
let receiver: Receiver
let release: () => void

beforeEach(async () => {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  release = () => resolve(undefined)
  receiver = await startReceiver({ script: (request) => promise.then(() => willing(request)) })
})
afterEach(async () => {
  release()
  await hub.close()
  await receiver.close()
})

const start = async (env: Record<string, string>): Promise<void> => {
  hub = await startAcme({ env: { SIGNET_OUTBOUND_ALLOW: '127.0.0.0/8,localhost', ...env } })
}

/** From a client behind a proxy, to a host. */
const ask = (client: string, path: string, host = '127.0.0.1') =>
  post(hub, formFor(hub, receiver.url(path).replace('127.0.0.1', host))).set('X-Forwarded-For', client)

it('a client that fills its share of waiting verifications takes none of another’s', async () => {
  await start({ SIGNET_MAX_VERIFICATIONS: '4', SIGNET_TRUSTED_PROXIES: '127.0.0.1' })
  for (const n of [1, 2, 3, 4])
    await ask('203.0.113.1', `/${n}`, n % 2 === 0 ? 'localhost' : undefined).expect(202)
  const refused = await ask('203.0.113.1', '/5', 'localhost').expect(429)
  expect(refused.text).toMatch(/^Too many verifications are waiting.*ask again in a moment\.\n$/)
  expect(refused.headers['retry-after']).toBeDefined()
  await ask('203.0.113.2', '/5', 'localhost').expect(202)
  // One network is one client.
  await ask('2001:db8:1:1::1', '/6', 'localhost').expect(202)
})

it('a client that asks without end is slowed down, whatever hosts it names; another is not', async () => {
  release()
  await start({ SIGNET_MAX_VERIFICATIONS: '5', SIGNET_TRUSTED_PROXIES: '127.0.0.1' })
  for (let n = 1; n <= 10; n += 1) {
    const host = n % 2 === 0 ? 'localhost' : '127.0.0.1'
    await ask('203.0.113.1', `/${n}`, host).expect(202)
    await settled(hub, receiver.url(`/${n}`).replace('127.0.0.1', host), isActive)
  }
  const refused = await ask('203.0.113.1', '/11', 'localhost').expect(429)
  expect(refused.text).toBe('You have asked for too many verifications just now; ask again in a moment.\n')
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
  await ask('203.0.113.2', '/11', 'localhost').expect(202)
})

it('a client is counted by its own address, where no proxy is trusted', async () => {
  await start({ SIGNET_MAX_VERIFICATIONS: '2' })
  await ask('203.0.113.1', '/1').expect(202)
  await ask('203.0.113.2', '/2', 'localhost').expect(202)
  await ask('203.0.113.3', '/3', 'localhost').expect(429)
})

it('a host that many ask for takes no other’s place', async () => {
  await start({ SIGNET_MAX_VERIFICATIONS: '2', SIGNET_TRUSTED_PROXIES: '127.0.0.1' })
  await ask('203.0.113.1', '/1').expect(202)
  await ask('203.0.113.2', '/2').expect(202)
  await ask('203.0.113.3', '/3').expect(429)
  await ask('203.0.113.3', '/3', 'localhost').expect(202)
})

it('more subscriptions of a subscriber than are allowed are 403, and what there is goes on', async () => {
  release()
  await start({ SIGNET_MAX_SUBSCRIPTIONS: '2,100' })
  for (const n of [1, 2]) {
    await ask('', `/${n}`).expect(202)
    await settled(hub, receiver.url(`/${n}`), isActive)
  }
  const refused = await ask('', '/3').expect(403)
  expect(refused.text).toBe('You have as many subscriptions as this hub allows; end some first.\n')
  await ask('', '/1').expect(202)
})

it('more subscriptions at a host than are allowed are 403', async () => {
  release()
  await start({ SIGNET_MAX_SUBSCRIPTIONS: '100,2' })
  for (const n of [1, 2]) await ask('', `/${n}`).expect(202)
  const refused = await ask('', '/3').expect(403)
  expect(refused.text).toMatch(/^The callback’s host has as many subscriptions as this hub allows/)
  await ask('', '/3', 'localhost').expect(202)
})
