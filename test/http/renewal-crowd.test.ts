/** Strangers whose callbacks never answer take verifying hands, but not those that renew leases. */
import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type AcmeHub, startAcme } from '../support/acme.ts'
import { admin } from '../support/admin-api.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'
import { formFor, isActive, post, settled } from '../support/subscriptions.ts'
import { until } from '../support/until.ts'
import { activeWebhook, read } from '../support/webhooks.ts'

let hub: AcmeHub
let receiver: Receiver
let now = Date.now()
const silent = new Set<Socket>()
const server = createServer((socket) => {
  silent.add(socket)
  socket.on('error', () => undefined)
})

beforeEach(async () => {
  const env = { SIGNET_DELIVERY_TIMEOUT: '60s', SIGNET_LEASE_DEFAULT: '300' }
  // Time stands still but for what the test says, so that nothing depends on how long anything takes.
  hub = await startAcme({ env, overrides: { clock: { now: () => now } } })
  receiver = await startReceiver()
  server.listen(0, '0.0.0.0')
  await once(server, 'listening')
})
afterEach(async () => {
  for (const socket of silent) socket.destroy()
  silent.clear()
  server.close()
  await hub.close()
  await receiver.close()
})

/** Two hundred requests can take long where everything else runs too. */
const PATIENCE = { timeout: 60_000 }
const LONG = { timeoutMs: 25_000 }

/** More than all hands, and more than any host's, the webhook's own host first. */
async function crowd(): Promise<void> {
  const { port } = server.address() as AddressInfo
  for (let n = 0; n < 200; n += 1) {
    const callback = `http://127.0.0.${1 + Math.floor(n / 6)}:${port}/${n}`
    await post(hub, formFor(hub, callback)).expect(202)
  }
  // All the hands that there are for them.
  await until(() => Promise.resolve(silent.size >= 160), LONG)
}

const leaseEnd = async (id: string) =>
  Date.parse((await read(hub, id)).subscriptions[0]?.lease_expires_at ?? '')

it('a lease that the hub renews is renewed in spite of them', PATIENCE, async () => {
  const { id } = await activeWebhook(hub, receiver.url('/hook'))
  const end = await leaseEnd(id)
  now += 199_000
  await crowd()
  now += 1_001
  await until(async () => (await leaseEnd(id)) > end, LONG)
  expect(silent.size).toBe(160)
})

it('what its owner asks for meanwhile is asked in its place, and renews it', PATIENCE, async () => {
  const { id } = await activeWebhook(hub, receiver.url('/hook'))
  const end = await leaseEnd(id)
  now += 199_000
  await crowd()
  await admin(hub, 'patch', `/webhooks/${id}`, { secret: 'a new one' }).expect(202)
  now += 1_001
  await until(async () => (await leaseEnd(id)) > end, LONG)
  await settled(hub, receiver.url('/hook'), isActive)
})
