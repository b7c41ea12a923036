/** A receiver that says 200 at once and then lets its body drip: delivered, and its connections do not pile up. */
import { expect, it } from 'vitest'
import { casdoorLogin, startAcme } from '../support/acme.ts'
import { settled } from '../support/subscriptions.ts'
import { until } from '../support/until.ts'
import { newWebhook } from '../support/webhooks.ts'
import { drip } from '../outbound/raw-server.ts'
import { startSite } from './site.ts'

const EVENTS = 200
const PATIENT = { timeoutMs: 30_000 }

it('holds none of them for long', { timeout: 90_000 }, async () => {
  // Longer than this test: nothing ends by it.
  const hub = await startAcme({ env: { SIGNET_DELIVERY_TIMEOUT: '10m' } })
  let answered = 0
  const site = await startSite((socket) => {
    answered += 1
    drip(socket, 'x', 'HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n')
  })
  try {
    await hub.admin.post('/webhooks', newWebhook(site.url, { verification: 'operator' }))
    await settled(hub, site.url, ({ state }) => state === 'active')
    for (let i = 0; i < EVENTS; i += 1) await hub.casdoor(casdoorLogin(`event ${i}`))
    await until(() => Promise.resolve(answered === EVENTS), PATIENT)
    await until(() => Promise.resolve(site.open() === 0), PATIENT)
    const [{ state } = {}] = (await hub.admin.get<{ items: { state: string }[] }>('/subscriptions')).items
    expect(state).toBe('active')
  } finally {
    await hub.close()
    await site.close()
  }
})
