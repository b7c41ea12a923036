/** From a provider's webhook to a verified SET in a subscriber's hands. */
import { createHmac } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import { type AcmeHub, fixture } from '../support/acme.ts'
import type { Receiver } from '../support/receiver.ts'
import { startScene } from '../support/scene.ts'
import { verifySet } from '../support/verify-set.ts'

let hub: AcmeHub
let receiver: Receiver

beforeEach(async () => {
  const scene = await startScene()
  ;({ hub, receiver } = scene)
  return scene.close
})

describe('a Casdoor login', () => {
  it('arrives as two signed SETs of one transaction', async () => {
    await hub.subscribe(receiver, { topic: '', target: '/cb?own=%7e', secret: 's3cret' })
    const published = await hub.casdoor(fixture('casdoor/login-success.json'))
    expect(published.accepted).toBe(2)
    expect(published.events.map((event) => event.topic)).toEqual([
      hub.topic('/login/succeeded'),
      hub.topic('/session/established'),
    ])
    await receiver.waitFor(() => receiver.deliveries().length === 2)

    const sets = await Promise.all(
      receiver.deliveries().map(({ body }) => verifySet(hub, body.toString(), hub.topic())),
    )
    expect(sets.map(({ payload }) => payload.jti).sort()).toEqual(
      published.events.map((event) => event.jti).sort(),
    )
    expect(new Set(sets.map(({ payload }) => payload.txn)).size).toBe(1)
    const login = sets.find(({ payload }) => 'urn:signet:event:login:succeeded' in payload.events)
    expect(login?.header.typ).toBe('secevent+jwt')
    expect(login?.payload.aud).toEqual([hub.topic('/login/succeeded'), hub.topic('/login'), hub.topic()])
    expect(login?.payload).not.toHaveProperty('exp')
    expect(login?.payload).not.toHaveProperty('sub')
    expect(Object.keys(login?.payload.events ?? {})).toHaveLength(1)

    const [delivery] = receiver.deliveries()
    expect(delivery?.url).toBe('/cb?own=%7e')
    expect(delivery?.headers['content-type']).toBe('application/secevent+jwt')
    expect(delivery?.headers.accept).toBe('application/json')
    expect(delivery?.headers.link).toBe(`<${hub.url}/hub>; rel="hub", <${hub.topic()}>; rel="self"`)
    const signature = createHmac('sha256', 's3cret')
      .update(delivery?.body ?? '')
      .digest('hex')
    expect(delivery?.headers['x-hub-signature']).toBe(`sha256=${signature}`)
  })

  it('is served as the latest of its topics', async () => {
    await hub.casdoor(fixture('casdoor/login-success.json'))
    const page = await hub.http
      .get('/topics/acme/login')
      .set('Authorization', `Bearer ${hub.token}`)
      .expect(200)
    expect(page.headers['content-type']).toBe('application/secevent+jwt')
    const { payload } = await verifySet(
      hub,
      page.text || (page.body as Buffer).toString(),
      hub.topic('/login'),
    )
    expect(payload.events).toHaveProperty(['urn:signet:event:login:succeeded'])
  })

  it('is accepted once, however often it is sent', async () => {
    await hub.subscribe(receiver)
    await hub.casdoor(fixture('casdoor/logout.json'))
    expect(await hub.casdoor(fixture('casdoor/logout.json'))).toEqual({ accepted: 0, reason: 'duplicate' })
    await hub.logto(fixture('logto/User.SuspensionStatus.Updated.json'))
    await receiver.waitFor(() => receiver.deliveries().length === 2)
    const { items } = await hub.admin.get<{ items: { name: string }[] }>('/events')
    expect(items.map((item) => item.name)).toEqual(['disabled', 'ended'])
  })
})
