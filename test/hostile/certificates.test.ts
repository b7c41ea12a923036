/** Certificates that prove nothing: nothing is sent behind them, and the delivery waits for a better one. */
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { expired, key, valid } from '../outbound/certificates.ts'
import { type AcmeHub, casdoorLogin, startAcme } from '../support/acme.ts'
import { settled } from '../support/subscriptions.ts'
import { until } from '../support/until.ts'
import { newWebhook } from '../support/webhooks.ts'

const trusted = getCACertificates('default')

let hub: AcmeHub

beforeAll(async () => {
  const resolve = () => Promise.resolve(['127.0.0.1'])
  hub = await startAcme({ overrides: { resolve }, env: { SIGNET_RETRY_SCHEDULE: '1h' } })
}, 30_000)

afterAll(async () => {
  setDefaultCACertificates(trusted)
  await hub.close()
})

it.each([
  ['self-signed', valid, [], 'receiver.example'],
  ['expired', expired, [expired], 'receiver.example'],
  ['for another name', valid, [valid], 'other.example'],
])('one that is %s', async (name, cert, authorities, host) => {
  setDefaultCACertificates([...trusted, ...authorities])
  let reached = 0
  const server = createServer({ key, cert }, (_, response) => {
    reached += 1
    response.writeHead(204).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const url = `https://${host}:${(server.address() as AddressInfo).port}/${name.replaceAll(' ', '-')}`
    await hub.admin.post('/webhooks', newWebhook(url, { verification: 'operator' }))
    await settled(hub, url, ({ state }) => state === 'active')
    await hub.casdoor(casdoorLogin(name))
    const failed = await settled(hub, url, ({ last_failure }) => last_failure !== null)
    expect(failed).toMatchObject({ state: 'active', last_failure: 'tls' })
    const { items } = await hub.admin.get<{ items: { subscription: string; state: string }[] }>('/deliveries')
    expect(items.filter(({ subscription }) => subscription === failed.id)).toMatchObject([
      { state: 'waiting' },
    ])
    expect(reached).toBe(0)

    // What is wrong is the certificate alone: with one that is trusted, for this name, it would be reached.
    setDefaultCACertificates([...trusted, valid])
    if (cert === valid && host === 'receiver.example') {
      await hub.casdoor(casdoorLogin(`${name}, mended`))
      await until(() => Promise.resolve(reached > 0))
    }
  } finally {
    server.closeAllConnections()
    server.close()
  }
})
