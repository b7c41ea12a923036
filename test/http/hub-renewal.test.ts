/** Asking again and asking to leave: the subscription changes with its callback's word, and not before. */
import { beforeAll, describe, expect, it } from 'vitest'
import { type AcmeHub, casdoorLogin } from '../support/acme.ts'
import { type Received, type Receiver, willing } from '../support/receiver.ts'
import { startScene } from '../support/scene.ts'
import {
  deliveriesTo,
  type Form,
  formFor,
  isActive,
  isEnded,
  parameter,
  post,
  settled,
  signature,
  subscriptionsOf,
  verifications,
} from '../support/subscriptions.ts'

let hub: AcmeHub
let receiver: Receiver

beforeAll(async () => {
  const scene = await startScene()
  ;({ hub, receiver } = scene)
  return scene.close
})

/** Subscribes to one kind of event and waits until it holds. */
async function subscribed(target: string, changes: Form = {}): Promise<{ callback: string; form: Form }> {
  receiver.reply(willing)
  const callback = receiver.url(target)
  const form = formFor(hub, callback, { 'hub.topic': hub.topic('/login/succeeded') })
  await post(hub, { ...form, ...changes }).expect(202)
  await settled(hub, callback, isActive)
  return { callback, form }
}

/** Has an event happen and gives back what came to the target: exactly one delivery. */
async function nextDelivery(target: string): Promise<Received> {
  const before = deliveriesTo(receiver, target).length
  await hub.casdoor(casdoorLogin(`${target} ${before}`))
  await receiver.waitFor(() => deliveriesTo(receiver, target).length > before)
  const [delivery, ...more] = deliveriesTo(receiver, target).slice(before)
  expect(more).toEqual([])
  return delivery as unknown as Received
}

const signedWith = (secret: string, { headers, body }: Received): boolean =>
  headers['x-hub-signature'] === signature(secret, body)

/** Verifications at this target wait until they are let go, oldest first. */
function holdBack(target: string): { release: () => void } {
  const held: (() => void)[] = []
  receiver.reply(async (request) => {
    if (request.method === 'GET' && request.url.startsWith(`${target}?`))
      await new Promise<void>((resolve) => held.push(resolve))
    return willing(request)
  })
  return { release: () => held.shift()?.() }
}

describe('subscribing again', () => {
  it('replaces secret and lease once verified, and not before', async () => {
    const { callback, form } = await subscribed('/again', {
      'hub.secret': 'one',
      'hub.lease_seconds': '600',
    })
    const { id, lease_expires_at } = await settled(hub, callback, isActive)
    const { release } = holdBack('/again')
    await post(hub, { ...form, 'hub.secret': 'two', 'hub.lease_seconds': '6000' }).expect(202)
    await receiver.waitFor(() => verifications(receiver, '/again?').length === 2)

    expect(signedWith('one', await nextDelivery('/again'))).toBe(true)
    expect(await settled(hub, callback, isActive)).toMatchObject({ id, lease_expires_at })

    release()
    const renewed = await settled(hub, callback, (now) => now.lease_expires_at !== lease_expires_at)
    expect(renewed).toMatchObject({ id, state: 'active' })
    expect(Date.parse(renewed.lease_expires_at ?? '')).toBeGreaterThan(
      Date.parse(lease_expires_at ?? '') + 5_000_000,
    )
    expect(signedWith('two', await nextDelivery('/again'))).toBe(true)
    expect(await subscriptionsOf(hub, callback)).toHaveLength(1)
  })

  it('without a secret drops it', async () => {
    const { callback, form } = await subscribed('/dropped', { 'hub.secret': 'one' })
    expect(signedWith('one', await nextDelivery('/dropped'))).toBe(true)
    await post(hub, form).expect(202)
    await settled(hub, callback, ({ signed }) => !signed)
    expect((await nextDelivery('/dropped')).headers).not.toHaveProperty('x-hub-signature')
  })

  it('in vain leaves secret and lease as they were', async () => {
    const { callback, form } = await subscribed('/vain', { 'hub.secret': 'one' })
    const { lease_expires_at } = await settled(hub, callback, isActive)
    receiver.reply((request) => (request.method === 'GET' ? { status: 404 } : willing(request)))
    await post(hub, { ...form, 'hub.secret': 'two', 'hub.lease_seconds': '600' }).expect(202)
    const refused = await settled(hub, callback, ({ verification }) => verification !== 'subscribe confirmed')
    expect(refused).toMatchObject({
      state: 'active',
      lease_expires_at,
      verification: 'refused: the callback answered 404',
    })
    expect(signedWith('one', await nextDelivery('/vain'))).toBe(true)
  })

  it('twice: what was asked last holds, whichever is answered last', async () => {
    const { callback, form } = await subscribed('/race', { 'hub.secret': 'one' })
    const { release } = holdBack('/race')
    for (const [secret, asked] of [
      ['two', 2],
      ['three', 3],
    ] as const) {
      await post(hub, { ...form, 'hub.secret': secret, 'hub.lease_seconds': `${asked}000` }).expect(202)
      await receiver.waitFor(() => verifications(receiver, '/race?').length === asked)
    }
    const [, second, third] = verifications(receiver, '/race?')
    expect(parameter(second, 'hub.challenge')).not.toBe(parameter(third, 'hub.challenge'))
    receiver.reply(willing)
    await post(hub, { ...form, 'hub.secret': 'four' }).expect(202)
    await settled(hub, callback, ({ lease_expires_at }) => daysFromNow(lease_expires_at) > 9)
    release()
    release()
    // The next verification of this origin is settled after both.
    await subscribed('/behind-race')
    expect(signedWith('four', await nextDelivery('/race'))).toBe(true)
    const { lease_expires_at } = await settled(hub, callback, isActive)
    expect(daysFromNow(lease_expires_at)).toBeGreaterThan(9)
  })
})

const daysFromNow = (time: string | null): number => (Date.parse(time ?? '') - Date.now()) / 86_400_000

describe('unsubscribing', () => {
  it('takes effect once verified', async () => {
    const { callback, form } = await subscribed('/leaving')
    const { release } = holdBack('/leaving')
    await post(hub, { ...form, 'hub.mode': 'unsubscribe' }).expect(202, 'hub.mode=accepted')
    await receiver.waitFor(() => verifications(receiver, '/leaving?').length === 2)
    await nextDelivery('/leaving')
    release()
    expect(await settled(hub, callback, isEnded)).toMatchObject({ ended_why: 'unsubscribed' })
  })

  it.each(['404', 'something else'])('answered by %s changes nothing', async (answer) => {
    const target = `/staying/${answer.length}`
    const { callback, form } = await subscribed(target)
    receiver.reply((request) => {
      if (request.method !== 'GET') return willing(request)
      return answer === '404' ? { status: 404 } : { status: 200, body: answer }
    })
    await post(hub, { ...form, 'hub.mode': 'unsubscribe' }).expect(202)
    await settled(hub, callback, ({ verification }) => verification?.startsWith('refused') === true)
    await nextDelivery(target)
    await settled(hub, callback, isActive)
  })

  it.each(['was never there', 'has ended already'])('from what %s is 202 and asks nobody', async (what) => {
    const target = `/absent/${what.length}`
    if (what === 'has ended already') {
      const { callback, form } = await subscribed(target)
      await post(hub, { ...form, 'hub.mode': 'unsubscribe' }).expect(202)
      await settled(hub, callback, isEnded)
    }
    const asked = verifications(receiver, target).length
    const form = formFor(hub, receiver.url(target), { 'hub.topic': hub.topic('/login/succeeded') })
    await post(hub, { ...form, 'hub.mode': 'unsubscribe' }).expect(202, 'hub.mode=accepted')
    await subscribed(`/behind${target}`)
    expect(verifications(receiver, target)).toHaveLength(asked)
  })

  it('and subscribing again begins anew: nothing of the time between', async () => {
    const { callback, form } = await subscribed('/anew')
    const control = '/anew-control'
    await subscribed(control)
    await post(hub, { ...form, 'hub.mode': 'unsubscribe' }).expect(202)
    await settled(hub, callback, isEnded)
    await nextDelivery(control)
    await subscribed('/anew')
    await nextDelivery('/anew')
    expect(deliveriesTo(receiver, '/anew')).toHaveLength(1)
  })
})
