/** A subscriber's token: it ends, it is rotated, it is withdrawn. */
import { beforeEach, describe, expect, it } from 'vitest'
import { type AcmeHub, casdoorLogin } from '../support/acme.ts'
import type { MovableClock } from '../support/movable-clock.ts'
import { type Receiver, willing } from '../support/receiver.ts'
import { startScene } from '../support/scene.ts'
import {
  type Form,
  formFor,
  isActive,
  parameter,
  post,
  settled,
  subscriptionsOf,
  verifications,
} from '../support/subscriptions.ts'
import { until } from '../support/until.ts'

interface Subscriber {
  token: string
  expires_at: string | null
  old_token_until: string | null
}

const LOGINS = '/login/succeeded'

let hub: AcmeHub
let receiver: Receiver
let clock: MovableClock

beforeEach(async () => {
  const scene = await startScene({ SIGNET_RETRY_SCHEDULE: '1h,1h' })
  ;({ hub, receiver, clock } = scene)
  return scene.close
})

const page = async (token: string): Promise<number> =>
  (await hub.http.get('/topics/acme').set('Authorization', `Bearer ${token}`)).status
const logins = (changes: Form = {}): Form =>
  formFor(hub, receiver.url('/cb'), { 'hub.topic': hub.topic(LOGINS), ...changes })
const rotate = (body: object = {}) => hub.admin.post<Subscriber>('/subscribers/siem/rotate', body)
const denials = () =>
  verifications(receiver, '/cb').filter((request) => parameter(request, 'hub.mode') === 'denied')

describe('rotating', () => {
  it('gives a new token once, and leaves the old one good for an hour', async () => {
    const { token, expires_at, old_token_until: oldUntil } = await rotate()
    expect(token).toMatch(/^[\w-]{43}$/)
    expect(token).not.toBe(hub.token)
    expect(expires_at).toBeNull()
    expect(Date.parse(oldUntil ?? '')).toBeGreaterThan(Date.now() + 3_500_000)
    expect([await page(hub.token), await page(token)]).toEqual([204, 204])
    clock.ahead = 3_599_000
    expect(await page(hub.token)).toBe(204)
    clock.ahead = 3_601_000
    expect([await page(hub.token), await page(token)]).toEqual([401, 204])
    expect(JSON.stringify(await hub.admin.get('/subscribers'))).not.toContain(token)
  })

  it('ends the old one when it is asked to, and leaves subscriptions as they are', async () => {
    await hub.subscribe(receiver, { topic: LOGINS })
    const { token } = await rotate({ overlap_seconds: 0 })
    expect([await page(hub.token), await page(token)]).toEqual([401, 204])
    await hub.casdoor(casdoorLogin('after'))
    await receiver.waitFor(() => receiver.deliveries().length === 1)
    // The new token's owner is the same.
    await post(hub, logins({ 'hub.mode': 'unsubscribe' }), token).expect(202)
    await settled(hub, receiver.url('/cb'), ({ state }) => state === 'ended')
  })
})

describe('a token that ends', () => {
  it('takes its subscriptions with it: nothing more is sent, and the callback is told', async () => {
    const { token, expires_at } = await rotate({ overlap_seconds: 0, expires_in_seconds: 60 })
    expect(Date.parse(expires_at ?? '')).toBeGreaterThan(Date.now())
    await post(hub, logins(), token).expect(202)
    await settled(hub, receiver.url('/cb'), isActive)
    receiver.reply((request) => (request.method === 'GET' ? willing(request) : { status: 503 }))
    await hub.casdoor(casdoorLogin('waits'))
    await receiver.waitFor(() => receiver.deliveries().length === 1)
    clock.ahead = 61_000
    await receiver.waitFor(() => denials().length > 0)
    expect(parameter(denials()[0], 'hub.reason')).toBe('access was withdrawn')
    expect(await page(token)).toBe(401)
    await until(async () => {
      const { items } = await hub.admin.get<{ items: { state: string }[] }>('/deliveries')
      return items.every(({ state }) => state === 'dropped')
    })
    expect(receiver.deliveries()).toHaveLength(1)
  })

  it('may have been renewed meanwhile', async () => {
    await rotate({ overlap_seconds: 0, expires_in_seconds: 60 })
    const { token } = await rotate({ expires_at: new Date(Date.now() + 86_400_000).toISOString() })
    clock.ahead = 3_700_000
    expect(await page(token)).toBe(204)
  })

  it('is told at making too', async () => {
    const made = await hub.admin.post<Subscriber>('/subscribers', {
      ...{ id: 'crm', tenant: 'acme', topics: ['*'], expires_in_seconds: 10 },
    })
    expect(made.expires_at).not.toBeNull()
    expect(await page(made.token)).toBe(204)
    clock.ahead = 10_000
    expect(await page(made.token)).toBe(401)
  })
})

describe('a subscriber', () => {
  const other = async (): Promise<string> =>
    (await hub.admin.post<Subscriber>('/subscribers', { id: 'crm', tenant: 'acme', topics: ['*'] })).token

  it('ends only what is its own', async () => {
    await hub.subscribe(receiver)
    const asked = { ...formFor(hub, receiver.url('/cb')), 'hub.mode': 'unsubscribe' }
    // As for a subscription that there is not: nobody learns whether there is one.
    await post(hub, asked, await other()).expect(202, 'hub.mode=accepted')
    await post(hub, asked, hub.token).expect(202)
    await settled(hub, receiver.url('/cb'), ({ state }) => state === 'ended')
    const asks = verifications(receiver, '/cb').filter(
      (request) => parameter(request, 'hub.mode') === 'unsubscribe',
    )
    expect(asks).toHaveLength(1)
  })

  it('that is deleted gets nothing more, and is told', async () => {
    await hub.subscribe(receiver, { topic: LOGINS })
    receiver.reply((request) => (request.method === 'GET' ? willing(request) : { status: 503 }))
    await hub.casdoor(casdoorLogin('waits'))
    await receiver.waitFor(() => receiver.deliveries().length === 1)
    await hub.admin.delete('/subscribers/siem')
    expect(await page(hub.token)).toBe(401)
    await receiver.waitFor(() => denials().length > 0)
    clock.ahead = 3_700_000
    expect(await subscriptionsOf(hub, receiver.url('/cb'))).toMatchObject([{ state: 'ended' }])
    await hub.casdoor(casdoorLogin('after'))
    await until(async () => {
      const { items } = await hub.admin.get<{ items: { state: string }[] }>('/deliveries')
      return items.length === 1 && items[0]?.state === 'dropped'
    })
    expect(receiver.deliveries()).toHaveLength(1)
  })
})
