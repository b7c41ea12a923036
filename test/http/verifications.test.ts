/** What came of asking and telling callbacks, and why: kept, and shown to the operator. */
import { beforeAll, expect, it } from 'vitest'
import type { AcmeHub } from '../support/acme.ts'
import { admin } from '../support/admin-api.ts'
import type { MovableClock } from '../support/movable-clock.ts'
import { type Receiver, type Script, willing } from '../support/receiver.ts'
import { startScene } from '../support/scene.ts'
import { formFor, isActive, isEnded, post, settled } from '../support/subscriptions.ts'
import { until } from '../support/until.ts'
import { activeWebhook } from '../support/webhooks.ts'
import { adapter, makeWso2Source, SESSIONS } from '../support/wso2.ts'

interface VerificationView {
  settled_at: string
  mode: string
  outcome: string
  reason: string | null
}

let hub: AcmeHub
let receiver: Receiver
let clock: MovableClock

beforeAll(async () => {
  const scene = await startScene()
  ;({ hub, receiver, clock } = scene)
  return scene.close
})

async function verificationsOf(id: string): Promise<VerificationView[]> {
  const { verifications } = await hub.admin.get<{ verifications: VerificationView[] }>(`/subscriptions/${id}`)
  return verifications
}

/** As soon as there are so many, without their times. */
async function history(id: string, count: number): Promise<Omit<VerificationView, 'settled_at'>[]> {
  await until(async () => (await verificationsOf(id)).length >= count)
  return (await verificationsOf(id)).map(({ mode, outcome, reason }) => ({ mode, outcome, reason }))
}

it('every outcome stands there with its reason, the newest first', async () => {
  const callback = receiver.url('/every')
  const ask = async (mode: string, script: Script) => {
    receiver.reply(script)
    await post(hub, formFor(hub, callback, { 'hub.mode': mode })).expect(202)
  }
  await ask('subscribe', () => ({ status: 503 }))
  const { id } = await settled(hub, callback, ({ verification }) => verification !== null)
  receiver.reply(willing)
  clock.ahead += 60_000
  await settled(hub, callback, isActive)
  await ask('subscribe', () => ({ status: 404 }))
  await history(id, 3)
  await ask('unsubscribe', () => ({ status: 200, body: 'something else' }))
  await history(id, 4)
  await ask('unsubscribe', willing)
  await settled(hub, callback, isEnded)
  expect(await history(id, 5)).toEqual([
    { mode: 'unsubscribe', outcome: 'confirmed', reason: null },
    {
      mode: 'unsubscribe',
      outcome: 'refused',
      reason: 'the callback answered 200 without repeating the challenge exactly',
    },
    { mode: 'subscribe', outcome: 'refused', reason: 'the callback answered 404' },
    { mode: 'subscribe', outcome: 'confirmed', reason: null },
    { mode: 'subscribe', outcome: 'unclear', reason: 'the callback answered 503' },
  ])
  for (const { settled_at } of await verificationsOf(id)) {
    expect(settled_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  }
})

it('so do denials, heard and unheard', async () => {
  receiver.reply(willing)
  await makeWso2Source(hub)
  await adapter(hub).register(SESSIONS).expect(200)
  for (const target of ['/heard', '/unheard']) {
    await adapter(hub).subscribe(SESSIONS, receiver.url(target)).expect(202)
    await settled(hub, receiver.url(target), isActive)
  }
  const [heard, unheard] = await Promise.all(
    ['/heard', '/unheard'].map((target) => settled(hub, receiver.url(target), isActive)),
  )
  receiver.reply((request) => (request.url.startsWith('/unheard') ? { status: 410 } : willing(request)))
  await adapter(hub).deregister(SESSIONS).expect(200)
  expect((await history(heard?.id ?? '', 2))[0]).toEqual({ mode: 'denied', outcome: 'told', reason: null })
  expect((await history(unheard?.id ?? '', 2))[0]).toEqual({
    mode: 'denied',
    outcome: 'untold',
    reason: 'the callback answered 410',
  })
})

it('and what the operator vouches for', async () => {
  const webhook = await activeWebhook(hub, receiver.url('/vouched'), { verification: 'operator' })
  expect(await history(webhook.subscriptions[0]?.id ?? '', 1)).toEqual([
    { mode: 'subscribe', outcome: 'vouched', reason: null },
  ])
})

it('they stand in a single subscription, read or changed, and in no list', async () => {
  receiver.reply(willing)
  await hub.subscribe(receiver, { target: '/single' })
  const { id } = await settled(hub, receiver.url('/single'), isActive)
  const changed = await admin(hub, 'patch', `/subscriptions/${id}`, { paused: true }).expect(200)
  expect(changed.body).toEqual(await hub.admin.get(`/subscriptions/${id}`))
  const { items } = await hub.admin.get<{ items: object[] }>('/subscriptions')
  expect(items.length).toBeGreaterThan(0)
  for (const item of items) expect(item).not.toHaveProperty('verifications')
})
