/** Too much waits: publishing and ingest answer 503 with `Retry-After` until it does not; all else goes on. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type AcmeHub, CASDOOR_SECRET, casdoorLogin, startAcme } from '../support/acme.ts'
import { readPrometheus, sumOf } from '../support/prometheus.ts'
import { AUDIENCE, claims, type Publisher, PUBLISHER, sign, startPublisher } from '../support/publisher.ts'
import { type Receiver, startReceiver, willing } from '../support/receiver.ts'
import { formFor, isActive, post, settled } from '../support/subscriptions.ts'
import { until } from '../support/until.ts'
import { adapter, makeWso2Source, SESSIONS, wso2Event } from '../support/wso2.ts'

let hub: AcmeHub
let receiver: Receiver
let publisher: Publisher

beforeAll(async () => {
  // What is held back must not fail meanwhile.
  const env = { SIGNET_MAX_BACKLOG: '2', SIGNET_TOPIC_ORIGINS: '*', SIGNET_DELIVERY_TIMEOUT: '1h' }
  hub = await startAcme({ env })
  receiver = await startReceiver()
  publisher = await startPublisher()
  await makeWso2Source(hub)
  await hub.admin.post('/sources', {
    id: 'idp',
    tenant: 'acme',
    provider: 'set',
    issuer: PUBLISHER,
    auth: { method: 'jwt', issuer: PUBLISHER, jwks_url: publisher.jwksUrl, audience: AUDIENCE },
  })
  await hub.subscribe(receiver, { topic: '/login/succeeded' })
})

afterAll(async () => {
  await hub.close()
  await receiver.close()
  await publisher.site.close()
})

const login = (name: string) =>
  hub.http
    .post('/in/casdoor')
    .set('Content-Type', 'application/json')
    .set('Authorization', `Bearer ${CASDOOR_SECRET}`)
    .send(casdoorLogin(name))

const metric = async (name: string, labels = {}): Promise<number> =>
  sumOf(readPrometheus((await hub.http.get('/metrics').expect(200)).text), `signet_${name}`, labels)

const counted = (n: number) => async () => (await metric('deliveries_waiting')) === n

it(
  'refuses above the limit whoever publishes, and takes in more once less waits',
  { timeout: 90_000 },
  async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<undefined>()
    receiver.reply(async (request) => {
      if (request.method === 'POST') await released
      return willing(request)
    })
    try {
      for (const name of ['a', 'b', 'c']) {
        await until(async () => (await login(name)).status === 202, { timeoutMs: 20_000 })
      }
      await until(counted(3), { timeoutMs: 20_000 })

      const isTooMuch = async (asked: PromiseLike<{ status: number; text: string; headers: object }>) => {
        const { status, text, headers } = await asked
        expect(status).toBe(503)
        expect(headers).toHaveProperty('retry-after', expect.stringMatching(/^[1-9]\d*$/))
        expect(text).toBe('Too much waits to be delivered already. Send it again later.\n')
      }
      const { publish } = adapter(hub)
      await isTooMuch(login('d'))
      await isTooMuch(publish(SESSIONS, wso2Event('d')))
      await isTooMuch(
        hub.http.post('/hub').type('form').send({ 'hub.mode': 'publish', 'hub.url': 'https://a.example/' }),
      )
      const token = sign(publisher.key, claims('set-1'))
      await isTooMuch(hub.http.post('/in/idp').set('Content-Type', 'application/secevent+jwt').send(token))
      // Who cannot prove who they are learn nothing of it.
      await login('d').set('Authorization', 'Bearer wrong').expect(401)

      expect(await metric('events_refused_total', { reason: 'overloaded' })).toBe(3)
      expect(await metric('requests_refused_total', { reason: 'overloaded' })).toBe(4)
      expect(await metric('requests_failed_total')).toBe(0)
      await until(async () =>
        JSON.stringify(await hub.admin.get('/sources/wso2')).includes('Too much waits to be delivered'),
      )

      // Subscribing is not publishing.
      const callback = receiver.url('/another')
      await post(hub, formFor(hub, callback, { 'hub.topic': hub.topic('/login/failed') })).expect(202)
      await settled(hub, callback, isActive)
      await hub.http.get('/readyz').expect(200)
    } finally {
      release(undefined)
    }
    // Refused is not accepted: the next try of what was refused is no repeat.
    await until(async () => (await login('d')).status === 202, { timeoutMs: 20_000 })
    await receiver.waitFor(() => receiver.deliveries().length === 4, { timeoutMs: 20_000 })
  },
)
