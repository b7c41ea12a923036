/** A subscriber that was not written here, and knows PubSubHubbub rather than WebSub: the npm package `pubsubhubbub`. */
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import pubsubhubbub, { type Feed } from 'pubsubhubbub'
import { type AcmeHub, casdoorLogin, startAcme } from '../support/acme.ts'
import { startReceiver } from '../support/receiver.ts'
import { isActive, isEnded, settled, signature, verifications } from '../support/subscriptions.ts'
import { verifySet } from '../support/verify-set.ts'

let hub: AcmeHub

beforeAll(async () => {
  hub = await startAcme()
})
afterAll(() => hub.close())

const hubUrl = () => `${hub.url}/hub`
const headers = () => ({ Authorization: `Bearer ${hub.token}` })
const agreed = (ask: (done: (error: Error | null) => void) => void) =>
  new Promise<void>((resolve, reject) => ask((error) => (error === null ? resolve() : reject(error))))

it('subscribes with encoded URLs in its callback, takes what comes, and unsubscribes', async () => {
  const subscriber = pubsubhubbub.createServer({ headers: headers() })
  const listen = subscriber.listener()
  const server = createServer((request, response) => listen(request, response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const topic = hub.topic('/login/succeeded')
  const callback = `http://127.0.0.1:${port}/?topic=${encodeURIComponent(topic)}&hub=${encodeURIComponent(hubUrl())}`
  try {
    await agreed((done) => subscriber.subscribe(topic, hubUrl(), callback, done))
    await settled(hub, callback, isActive)

    const fed = once(subscriber, 'feed') as Promise<[Feed]>
    await hub.casdoor(casdoorLogin('fed'))
    const [feed] = await fed
    expect(feed).toMatchObject({ topic, hub: hubUrl(), callback })
    const { payload } = await verifySet(hub, feed.feed.toString(), topic)
    expect(payload.aud).toContain(topic)

    await agreed((done) => subscriber.unsubscribe(topic, hubUrl(), callback, done))
    await settled(hub, callback, isEnded)
  } finally {
    server.close()
    server.closeAllConnections()
  }
})

it('gets a signature under the secret that it sent, which is not the one that it looks for', async () => {
  const subscriber = pubsubhubbub.createServer({ headers: headers(), secret: 'its own' })
  const receiver = await startReceiver()
  const topic = hub.topic('/session')
  const callback = receiver.url(`/?topic=${encodeURIComponent(topic)}`)
  try {
    await agreed((done) => subscriber.subscribe(topic, hubUrl(), callback, done))
    await settled(hub, callback, isActive)
    await hub.casdoor(casdoorLogin('signed'))
    await receiver.waitFor(() => receiver.deliveries().length === 1)
    const [delivery] = receiver.deliveries()
    // It derives a secret for each topic, and forgets to when it verifies.
    const sent = createHmac('sha1', 'its own').update(topic).digest('hex')
    expect(delivery?.headers['x-hub-signature']).toBe(signature(sent, delivery?.body ?? Buffer.alloc(0)))
    expect(verifications(receiver, '/')).toHaveLength(1)
  } finally {
    await receiver.close()
  }
})
