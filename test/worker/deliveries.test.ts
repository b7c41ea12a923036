import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  accept,
  callback,
  claimQueues,
  confirm,
  deliveries,
  fanOutAll,
  NOW,
  publish,
  subscribe,
  subscription,
  TOPIC,
} from '../store/scene.ts'
import { until } from '../support/until.ts'
import { answer, type DeliveryRig, deliveryRig } from './delivery-rig.ts'
import { failures } from './observer.ts'

/** Later than anything that these tests do. */
const LATER = NOW + 900_000

let rig: DeliveryRig

beforeEach(async () => {
  rig = await deliveryRig()
})
afterEach(() => rig.close())

const allAre = (state: string) =>
  until(async () => (await rig.states()).every((each) => each === state), { timeoutMs: 12_000 })
const acceptOn = async (topic: string, events = 1) => {
  for (let n = 0; n < events; n += 1) await accept(rig.store, [topic])
  await fanOutAll(rig.store)
}

describe('hands', () => {
  it('are so many in all', async () => {
    await subscribe(rig.store, 'a', 'b', 'c')
    await publish(rig.store, 20)
    rig.answering(answer(204))
    rig.start({ deliveries: 4 })
    await allAre('delivered')
    expect(rig.most.get('')).toBe(4)
  })

  it('are so many per subscription', async () => {
    await subscribe(rig.store, 'a')
    await publish(rig.store, 40)
    rig.answering(answer(204))
    rig.start({ perSubscription: 3 })
    await allAre('delivered')
    expect(rig.most.get('')).toBe(3)
  })

  it('are so many per origin, and others have theirs', async () => {
    const crowd = [1, 2, 3, 4, 5].map((n) => `https://a.example/${n}`)
    for (const url of crowd) await confirm(rig.store, { callback: url })
    await subscribe(rig.store, 'b')
    await publish(rig.store, 10)
    rig.answering(answer(204), callback('b'))
    rig.start({ perOrigin: 3 })
    await until(() => Promise.resolve(rig.received.get(callback('b'))?.length === 10))
    await rig.busyWith(...crowd.slice(0, 3))
    expect(rig.most.get(callback('b'))).toBe(3)
    rig.answering(answer(204))
    await allAre('delivered')
    expect(rig.most.get('https://a.example')).toBe(3)
  })

  it('of which slow receivers have half at the most: the rest is for those that answer soon', async () => {
    await confirm(rig.store, { callback: callback('quick'), topic: `${TOPIC}/quick` })
    await acceptOn(`${TOPIC}/quick`)
    rig.answering(answer(204), callback('quick'))
    const pump = rig.start({ deliveries: 4 })
    await allAre('delivered')
    const slow = ['a', 'b', 'c', 'd', 'e']
    await subscribe(rig.store, ...slow)
    await acceptOn(TOPIC, 3)
    pump.wake()
    await rig.busyWith(callback('a'), callback('b'))
    await acceptOn(`${TOPIC}/quick`, 20)
    pump.wake()
    await until(() => Promise.resolve(rig.received.get(callback('quick'))?.length === 21))
    await rig.busyWith(callback('a'), callback('b'))
    expect(rig.most.get(callback('quick'))).toBe(2)
    // Whoever of them ends makes room for another.
    rig.later(5_000)
    await until(() => {
      rig.underWay[0]?.answer(answer(204, 5_000))
      return Promise.resolve(rig.received.has(callback('c')))
    })
    expect(rig.most.get('')).toBeLessThanOrEqual(4)
  })
})

it('one origin that never answers leaves three quarters of what slow and unknown receivers have to others', async () => {
  const crowd = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => `https://dead.example/${n}`)
  for (const url of crowd) await confirm(rig.store, { callback: url })
  await publish(rig.store, 2)
  const pump = rig.start({ deliveries: 16, perOrigin: 8 })
  await rig.busyWith(...crowd.slice(0, 2))
  // Nobody knows yet whether it is quick.
  rig.answering(answer(204), callback('new'))
  await subscribe(rig.store, 'new')
  await publish(rig.store, 3)
  pump.wake()
  await until(() => Promise.resolve(rig.received.get(callback('new'))?.length === 3))
  expect(rig.most.get('https://dead.example')).toBe(2)
  rig.answering(answer(204))
  await allAre('delivered')
})

it('first attempts start in the order of acceptance', async () => {
  await subscribe(rig.store, 'a')
  const accepted: string[] = []
  while (accepted.length < 30) accepted.push(await accept(rig.store))
  await fanOutAll(rig.store)
  rig.answering(answer(204))
  rig.start()
  await allAre('delivered')
  expect(rig.received.get(callback('a'))).toEqual(accepted.map((jti) => `body of ${jti}`))
})

it('one that is not answered does not keep the others of its subscription, while nobody else waits', async () => {
  await subscribe(rig.store, 'a')
  await publish(rig.store, 8)
  rig.answering(answer(204))
  rig.start()
  await allAre('delivered')
  rig.hanging(callback('a'))
  await publish(rig.store, 1)
  await rig.busyWith(callback('a'))
  // Longer than a queue is held where others wait.
  const since = performance.now()
  await until(() => Promise.resolve(performance.now() - since > 300))
  await publish(rig.store, 1)
  await rig.busyWith(callback('a'), callback('a'))
})

it('what is accepted later is taken up, also when the hint is lost', async () => {
  await subscribe(rig.store, 'a')
  rig.answering(answer(204))
  rig.start()
  // It has looked, and found nothing.
  await until(() => Promise.resolve(rig.asked.claim > 0))
  await publish(rig.store, 3)
  await allAre('delivered')
})

it('a receiver that has failed is tried again no sooner than the schedule says, and others are not kept', async () => {
  await subscribe(rig.store, 'a', 'b')
  await publish(rig.store, 2)
  rig.answering(answer(500), callback('a'))
  rig.answering(answer(204), callback('b'))
  rig.start()
  await until(async () => {
    const states = await deliveries(rig.store)
    return states.every(({ to, state }) => to === callback('a') || state === 'delivered')
  })
  await until(async () => (await rig.store.backlog.measure()).retries === 2)
  expect(rig.received.get(callback('a'))).toHaveLength(2)
  const { nextDue } = await claimQueues(rig.store, { limit: 0 })
  expect(nextDue).toBeGreaterThanOrEqual(NOW + 30_000)
})

describe('a store that fails', () => {
  it('when an attempt is to be recorded loses nothing of it: it is recorded with the next turn', async () => {
    await subscribe(rig.store, 'a')
    await publish(rig.store, 1)
    rig.start()
    await rig.busyWith(callback('a'))
    rig.failing.add('turn')
    rig.underWay[0]?.answer(answer(204))
    await until(() => Promise.resolve(failures(rig.watched).length > 1))
    expect(await rig.states()).toEqual(['waiting'])
    rig.failing.clear()
    await allAre('delivered')
    expect(rig.received.get(callback('a'))).toHaveLength(1)
    const [first] = (await rig.store.registry.deliveries.list({ limit: 1 })).items
    expect(await rig.store.registry.deliveries.get(first?.id ?? '')).toMatchObject({ attempts: 1 })
  })

  it('when queues are to be claimed is asked again', async () => {
    await subscribe(rig.store, 'a')
    await publish(rig.store, 1)
    rig.failing.add('claim')
    rig.answering(answer(204))
    rig.start()
    await until(() => Promise.resolve(failures(rig.watched).length > 0))
    rig.failing.clear()
    await allAre('delivered')
  })

  it('gives the hands back that it was asked for', async () => {
    await subscribe(rig.store, 'a', 'b')
    await publish(rig.store, 4)
    rig.failing.add('turn')
    rig.answering(answer(204))
    rig.start({ deliveries: 2 })
    await until(() => Promise.resolve(failures(rig.watched).length > 2))
    rig.failing.clear()
    await allAre('delivered')
    expect(rig.most.get('')).toBeLessThanOrEqual(2)
  })
})

describe('a claim that has lapsed', () => {
  it('does not take with it what came of the attempts under it', async () => {
    await subscribe(rig.store, 'a')
    await publish(rig.store, 2)
    rig.start()
    await rig.busyWith(callback('a'))
    await rig.store.expiry.freeClaims(LATER)
    // It is free, and is claimed again: what is under way is not sent a second time.
    await rig.busyWith(callback('a'), callback('a'))
    rig.underWay[0]?.answer(answer(204))
    await until(async () => (await rig.states()).filter((state) => state === 'delivered').length === 1)
    rig.underWay[0]?.answer(answer(204))
    await allAre('delivered')
    expect(new Set(rig.received.get(callback('a'))).size).toBe(2)
    expect(rig.received.get(callback('a'))).toHaveLength(2)
  })

  it('ends with a subscription whose callback is gone all the same', async () => {
    await subscribe(rig.store, 'a')
    await publish(rig.store, 2)
    rig.start()
    await rig.busyWith(callback('a'))
    await rig.store.expiry.freeClaims(LATER)
    await rig.busyWith(callback('a'), callback('a'))
    rig.underWay[0]?.answer(answer(410))
    await until(async () => {
      const [subscription] = (await rig.store.registry.subscriptions.list({ limit: 1 })).items
      return subscription?.state === 'ended'
    })
  })
})

describe('a delivery that cannot be made', () => {
  it('is a failed attempt, reported and on the schedule, and does not keep others', async () => {
    await confirm(rig.store, { callback: callback('a'), secretSealed: 'sealed with another key' })
    await subscribe(rig.store, 'b')
    await publish(rig.store, 5)
    rig.answering(answer(204))
    rig.start()
    await until(() => Promise.resolve(rig.received.get(callback('b'))?.length === 5))
    await until(async () => {
      const { last_failure } = await subscription(rig.store, callback('a'))
      return last_failure === 'unsealed'
    })
    expect(failures(rig.watched).length).toBeGreaterThan(0)
    expect(rig.received.has(callback('a'))).toBe(false)
  })
})

describe('stopping', () => {
  it('finishes what is under way, records it, gives back its queues and takes nothing more', async () => {
    await subscribe(rig.store, 'a', 'b')
    await publish(rig.store, 3)
    const pump = rig.start()
    await rig.busyWith(callback('a'), callback('b'))
    let stopped = false
    const stopping = pump.stop().then(() => (stopped = true))
    rig.underWay[0]?.answer(answer(204))
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve))
    expect(stopped).toBe(false)
    rig.underWay[0]?.answer(answer(500))
    await stopping
    expect([...rig.received.values()].map((bodies) => bodies.length)).toEqual([1, 1])
    const { items } = await rig.store.registry.deliveries.list({ limit: 9 })
    expect(items.map(({ state, attempts }) => `${state} ${attempts}`).sort()).toEqual([
      'delivered 1',
      ...Array<string>(4).fill('waiting 0'),
      'waiting 1',
    ])
    expect((await claimQueues(rig.store, { now: LATER })).claimed).toHaveLength(2)
  })

  it('of an idle pump is at once', async () => {
    const pump = rig.start()
    await pump.stop()
    await subscribe(rig.store, 'a')
    await publish(rig.store, 1)
    pump.wake()
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve))
    expect(rig.received.size).toBe(0)
  })
})
