/** Nothing goes out once a subscription is over, however it ended: not the next event, not a retry. */
import { beforeEach, describe, expect, it } from 'vitest'
import { type AcmeHub, casdoorLogin } from '../support/acme.ts'
import type { MovableClock } from '../support/movable-clock.ts'
import { type Receiver, willing } from '../support/receiver.ts'
import { startScene } from '../support/scene.ts'
import {
  deliveriesTo,
  type Form,
  formFor,
  isActive,
  isEnded,
  post,
  settled,
} from '../support/subscriptions.ts'
import { until } from '../support/until.ts'

const HOUR = 3_600_000

let hub: AcmeHub
let receiver: Receiver
let clock: MovableClock
let token: string

beforeEach(async () => {
  const scene = await startScene({ SIGNET_RETRY_SCHEDULE: '1h,1h', SIGNET_CONCURRENCY: '8,1,8' })
  ;({ hub, receiver, clock } = scene)
  const leaver = { id: 'leaver', tenant: 'acme', topics: ['*'] }
  ;({ token } = await hub.admin.post<{ token: string }>('/subscribers', leaver))
  return scene.close
})

/** A subscription of the subscriber who leaves, or of the one who stays. */
async function subscribed(target: string, owner: string, changes: Form = {}) {
  const callback = receiver.url(target)
  const form = formFor(hub, callback, { 'hub.topic': hub.topic('/login/succeeded'), ...changes })
  await post(hub, form, owner).expect(202)
  return { form, ...(await settled(hub, callback, isActive)) }
}

/** The states of a subscription's deliveries, the newest first. */
async function statesOf(subscription: string): Promise<string[]> {
  const { items } = await hub.admin.get<{ items: { subscription: string; state: string }[] }>('/deliveries')
  return items.filter((item) => item.subscription === subscription).map(({ state }) => state)
}

type Leaving = Awaited<ReturnType<typeof subscribed>>

const ENDS: [how: string, end: (leaving: Leaving) => unknown, states: string[]][] = [
  [
    'it was unsubscribed',
    async ({ form, callback }) => {
      await post(hub, { ...form, 'hub.mode': 'unsubscribe' }, token).expect(202)
      await settled(hub, callback, isEnded)
    },
    ['dropped'],
  ],
  ['its lease ran out', () => (clock.ahead += HOUR / 4), ['dropped']],
  ['the operator deleted it', ({ id }) => hub.admin.delete(`/subscriptions/${id}`), []],
  ['the operator deleted its subscriber', () => hub.admin.delete('/subscribers/leaver'), ['dropped']],
]

describe('nothing is sent after', () => {
  it.each(ENDS)('%s', async (_how, end, states) => {
    const leaving = await subscribed('/leaving', token, { 'hub.lease_seconds': '600' })
    const staying = await subscribed('/staying', hub.token)

    // One delivery waits for its second try, half an hour from now or later.
    receiver.reply((request) => (request.method === 'POST' ? { status: 503 } : willing(request)))
    await hub.casdoor(casdoorLogin('before'))
    await receiver.waitFor(() => receiver.deliveries().length === 2)
    receiver.reply(willing)
    await end(leaving)

    // What happens next and the retry's hour: the other subscription gets both.
    await hub.casdoor(casdoorLogin('after'))
    await receiver.waitFor(() => deliveriesTo(receiver, '/staying').length === 2)
    clock.ahead += HOUR
    await until(async () => (await statesOf(staying.id)).every((state) => state === 'delivered'))
    expect(deliveriesTo(receiver, '/staying')).toHaveLength(3)
    await until(async () => (await statesOf(leaving.id)).every((state) => state !== 'waiting'))
    expect(await statesOf(leaving.id)).toEqual(states)
    expect(deliveriesTo(receiver, '/leaving')).toHaveLength(1)
  })

  it('an event that waits while its subscriber is deleted during the attempt', async () => {
    const leaving = await subscribed('/leaving', token)
    const { promise: decided, resolve: decide } = Promise.withResolvers<undefined>()
    receiver.reply(async (request) => {
      if (request.method === 'POST') await decided
      return request.method === 'POST' ? { status: 503 } : willing(request)
    })
    await hub.casdoor(casdoorLogin('in flight'))
    await receiver.waitFor(() => deliveriesTo(receiver, '/leaving').length === 1)
    await hub.admin.delete('/subscribers/leaver')
    decide(undefined)
    await until(async () => (await statesOf(leaving.id))[0] === 'dropped')
    expect(deliveriesTo(receiver, '/leaving')).toHaveLength(1)
  })
})

it('what waits its turn is judged again just before it is sent', async () => {
  // One at a time: the second waits for the end of the first.
  const { promise: decided, resolve: decide } = Promise.withResolvers<undefined>()
  const { id, form, callback } = await subscribed('/leaving', token)
  receiver.reply(async (request) => {
    if (request.method === 'POST') await decided
    return willing(request)
  })
  await hub.casdoor(casdoorLogin('first'))
  await receiver.waitFor(() => receiver.deliveries().length === 1)
  await hub.casdoor(casdoorLogin('second'))
  await until(async () => (await statesOf(id)).length === 2)
  await post(hub, { ...form, 'hub.mode': 'unsubscribe' }, token).expect(202)
  await settled(hub, callback, isEnded)
  decide(undefined)
  await until(async () => (await statesOf(id)).every((state) => state !== 'waiting'))
  expect(await statesOf(id)).toEqual(['dropped', 'delivered'])
  expect(receiver.deliveries()).toHaveLength(1)
})

it('a lease is over at its second, before any sweep', async () => {
  const { lease_expires_at, id } = await subscribed('/leaving', token, { 'hub.lease_seconds': '600' })
  await subscribed('/staying', hub.token)
  clock.ahead = Date.parse(lease_expires_at ?? '') - Date.now()
  await hub.casdoor(casdoorLogin('too late'))
  await receiver.waitFor(() => deliveriesTo(receiver, '/staying').length === 1)
  expect(deliveriesTo(receiver, '/leaving')).toEqual([])
  expect(await statesOf(id)).toEqual([])
  expect(await settled(hub, receiver.url('/leaving'), isEnded)).toMatchObject({
    ended_why: 'its lease ran out',
  })
})
