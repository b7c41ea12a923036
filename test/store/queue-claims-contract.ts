import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { NEW_QUEUE } from '../../src/core/queue-state.ts'
import type { Store } from '../../src/store/index.ts'
import {
  accept,
  callback,
  claimIntents,
  claimQueues,
  confirm,
  fanOutAll,
  intentRequest,
  NOW,
  type OpenStore,
  populate,
  publish,
  settle,
  subscribe,
  subscription,
  takeAll,
  takeOnly,
  takeTurn,
  TOPIC,
} from './scene.ts'

/** More than one claim looks at. */
const CROWD = 1_050

export function queueClaimsContract(open: OpenStore): void {
  describe('DeliveryQueues: claim', () => {
    let store: Store

    beforeEach(async () => {
      store = await open()
      await populate(store)
    })
    afterEach(() => store.close())

    const origins = async (...options: Parameters<typeof claimQueues> extends [Store, ...infer O] ? O : []) =>
      (await claimQueues(store, ...options)).claimed.map(({ origin }) => origin)
    const origin = (name: string) => new URL(callback(name)).origin
    const nextDue = async (now = NOW) => (await claimQueues(store, { now, limit: 0 })).nextDue
    /** Has its receiver known to be quick: it is not counted among the unproven. */
    const proven = async () => {
      const taken = await takeOnly(store)
      const state = { ...taken.queue.state, quick: true }
      await settle(store, taken, { state: 'delivered' }, undefined, { state })
    }

    it('gives the queues that have waited longest, up to the limit', async () => {
      for (const name of ['a', 'b', 'c']) {
        await confirm(store, { callback: callback(name), topic: `${TOPIC}/${name}` })
      }
      for (const [place, name] of ['c', 'a', 'b'].entries()) {
        await accept(store, [`${TOPIC}/${name}`])
        await fanOutAll(store, NOW + place)
      }
      expect(await origins({ limit: 2, now: NOW + 9 })).toEqual([origin('c'), origin('a')])
      expect(await origins({ now: NOW + 9 })).toEqual([origin('b')])
    })

    it('gives a queue that was held behind those that have waited since before', async () => {
      await subscribe(store, 'a')
      await publish(store, 2)
      const { claimed } = await claimQueues(store)
      await subscribe(store, 'b')
      await accept(store)
      await fanOutAll(store, NOW + 1)
      for (const queue of claimed) await takeTurn(store, queue, { now: NOW + 2 })
      expect(await origins({ now: NOW + 2 })).toEqual([origin('b'), origin('a')])
    })

    it('gives nothing before it is due, and knows when that is', async () => {
      await subscribe(store, 'a')
      await accept(store)
      await fanOutAll(store, NOW + 1_000)
      expect(await claimQueues(store, { now: NOW + 999 })).toEqual({ claimed: [], nextDue: NOW + 1_000 })
      expect(await origins({ now: NOW + 1_000 })).toHaveLength(1)
    })

    it('gives nothing of what has nothing to send', async () => {
      await subscribe(store, 'a')
      expect(await claimQueues(store)).toEqual({ claimed: [] })
      await publish(store, 1)
      await settle(store, await takeOnly(store), { state: 'delivered' })
      expect(await claimQueues(store, { now: NOW + 1e9 })).toEqual({ claimed: [] })
    })

    it('gives each queue once, however many ask at once', async () => {
      const names = ['a', 'b', 'c', 'd', 'e', 'f']
      await subscribe(store, ...names)
      await publish(store, 3)
      const batches = await Promise.all(Array.from({ length: 8 }, () => claimQueues(store, { limit: 2 })))
      const claimed = batches.flatMap((batch) => batch.claimed)
      expect(claimed.map((queue) => queue.origin).sort()).toEqual(names.map(origin))
    })

    it('gives it again once the claim has lapsed, under another', async () => {
      await subscribe(store, 'a')
      await publish(store, 1)
      const { claimed: first } = await claimQueues(store)
      await store.expiry.freeClaims(NOW + 9_999)
      expect(await origins()).toEqual([])
      await store.expiry.freeClaims(NOW + 10_000)
      const { claimed: second } = await claimQueues(store)
      expect(second.map(({ id }) => id)).toEqual(first.map(({ id }) => id))
      expect(second[0]?.claim).not.toBe(first[0]?.claim)
    })

    it('tells how the receiver has done, as the last turn left it', async () => {
      await subscribe(store, 'a')
      await publish(store, 2)
      const [first] = await takeAll(store, { take: 1 })
      if (first === undefined) throw new Error('nothing taken')
      expect(first.queue.state).toEqual(NEW_QUEUE)
      const state = {
        ...{ window: 4, quick: true, failures: 7, failedAt: NOW - 5, failingSince: NOW - 9 },
        ...{ draining: true, gateAt: NOW },
      }
      await settle(store, first, { state: 'delivered' }, undefined, { state })
      const [again] = (await claimQueues(store)).claimed
      expect(again).toMatchObject({ id: first.queue.id, origin: origin('a'), state })
    })

    it('keeps to the limit per origin, with what is under way there', async () => {
      for (const path of ['/1', '/2', '/3']) await confirm(store, { callback: `https://a.example${path}` })
      await subscribe(store, 'b')
      await publish(store, 2)
      const underWay = new Map([[origin('a'), 3]])
      expect(await origins({ perOrigin: 3, underWay })).toEqual([origin('b')])
      expect(await origins({ perOrigin: 4, underWay })).toEqual([origin('a')])
      expect(await origins({ perOrigin: 2 })).toEqual([origin('a'), origin('a')])
    })

    it('keeps to the limit of those that are not known to be quick, and past them to the others', async () => {
      await subscribe(store, 'quick')
      await publish(store, 1)
      await proven()
      await subscribe(store, 'a', 'b', 'c')
      await accept(store)
      // The quick one is due behind the others.
      await fanOutAll(store)
      expect(await origins({ unproven: 2 })).toEqual(['quick', 'a', 'b'].map(origin))
      expect(await origins({ unproven: 0 })).toEqual([])
      expect(await nextDue()).toBe(NOW)
      expect(await origins({ unproven: 1 })).toEqual([origin('c')])
    })

    it('reaches past a thousand and more queues of an origin that is full', async () => {
      const crowd = Array.from({ length: CROWD }, (_, n) => `https://full.example/${n}`)
      await Promise.all(
        crowd.map((url) => store.intentInbox.request(intentRequest({ callback: url }), { inAll: 10_000 })),
      )
      const intents = await claimIntents(store)
      expect(intents).toHaveLength(CROWD)
      await Promise.all(
        intents.map((intent) => store.intents.settle(intent, { outcome: 'confirmed', now: NOW })),
      )
      await subscribe(store, 'b')
      await publish(store, 1)
      const full = { perOrigin: 8, underWay: new Map([['https://full.example', 8]]), limit: 16 }
      // A claim looks at so many, and the next goes on from there.
      const looks = [await origins(full), await origins(full)]
      expect(looks.flat()).toEqual([origin('b')])
      // And round to the first again, once there is room.
      const room = { ...full, underWay: new Map([['https://full.example', 7]]) }
      const again = [await takeAll(store, room), await takeAll(store, room)].flat()
      expect(again.map(({ sendable }) => sendable.receiver.callback)).toContain(crowd[0])
    }, 60_000)

    it('knows when the next falls due that nobody holds', async () => {
      expect(await nextDue()).toBeUndefined()
      await subscribe(store, 'a', 'b')
      await publish(store, 1)
      expect(await nextDue()).toBe(NOW)
      const [first, second] = await takeAll(store)
      expect(await nextDue()).toBeUndefined()
      if (first === undefined || second === undefined) throw new Error('not two deliveries')
      await settle(store, first, { state: 'waiting', dueAt: NOW + 900, rejections: 0 })
      await settle(store, second, { state: 'waiting', dueAt: NOW + 300, rejections: 0 })
      expect(await nextDue()).toBe(NOW + 300)
    })

    it('gives nothing of a receiver that is to be left alone, whatever is accepted meanwhile', async () => {
      await subscribe(store, 'a')
      await publish(store, 2)
      const [taken] = await takeAll(store, { take: 1 })
      if (taken === undefined) throw new Error('nothing taken')
      const state = { ...taken.queue.state, gateAt: NOW + 60_000 }
      await settle(store, taken, { state: 'waiting', dueAt: NOW + 500, rejections: 0 }, undefined, { state })
      await publish(store, 1)
      expect(await claimQueues(store, { now: NOW + 59_999 })).toEqual({ claimed: [], nextDue: NOW + 60_000 })
      expect(await takeAll(store, { now: NOW + 60_000 })).toHaveLength(3)
    })

    it('gives nothing of it also where nothing else of it waits', async () => {
      await subscribe(store, 'a')
      await publish(store, 1)
      const taken = await takeOnly(store)
      const state = { ...taken.queue.state, gateAt: NOW + 60_000 }
      await settle(store, taken, { state: 'dead' }, undefined, { state })
      expect(await claimQueues(store, { now: NOW + 1e6 })).toEqual({ claimed: [] })
      await publish(store, 1)
      expect(await nextDue()).toBe(NOW + 60_000)
    })

    it('gives nothing of it when its claim has lapsed or it was paused meanwhile, either', async () => {
      await subscribe(store, 'a')
      await publish(store, 2)
      const [taken] = await takeAll(store, { take: 1 })
      if (taken === undefined) throw new Error('nothing taken')
      const state = { ...taken.queue.state, gateAt: NOW + 60_000 }
      await takeTurn(store, taken.queue, { state, underWay: [taken.sendable.id] })
      await store.expiry.freeClaims(NOW + 10_000)
      expect(await nextDue(NOW + 10_000)).toBe(NOW + 60_000)
      const [queue] = (await claimQueues(store, { now: NOW + 60_000 })).claimed
      if (queue === undefined) throw new Error('nothing claimed')
      const { id } = await subscription(store, callback('a'))
      await store.registry.subscriptions.pause(id, true, NOW)
      await takeTurn(store, queue, { state: { ...state, gateAt: NOW + 90_000 } })
      await store.registry.subscriptions.pause(id, false, NOW)
      expect(await nextDue()).toBe(NOW + 90_000)
      expect(await takeAll(store, { now: NOW + 90_000 })).toHaveLength(2)
    })
  })
}
