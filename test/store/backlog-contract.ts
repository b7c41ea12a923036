import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Store } from '../../src/store/index.ts'
import {
  accept,
  callback,
  fanOutAll,
  NOW,
  type OpenStore,
  populate,
  publish,
  settle,
  subscribe,
  subscription,
  takeAll,
  takeOnly,
  TOPIC,
  unsubscribe,
} from './scene.ts'

export function backlogContract(open: OpenStore): void {
  describe('Backlog', () => {
    let store: Store

    beforeEach(async () => {
      store = await open()
      await populate(store)
    })
    afterEach(() => store.close())

    const measure = async () => {
      const { ms, ...waiting } = await store.backlog.measure()
      expect(ms).toBeGreaterThan(0)
      return waiting
    }

    it('is nothing where nothing waits', async () => {
      const nothing = { deliveries: 0, toCome: 0, retries: 0, failingSubscriptions: 0 }
      expect(await measure()).toEqual(nothing)
      await subscribe(store, 'a')
      await publish(store, 2)
      await settle(store, await takeAll(store), { state: 'delivered' })
      expect(await measure()).toEqual(nothing)
    })

    it('is what waits, under way or not, since when, and what of it was tried before', async () => {
      await subscribe(store, 'a', 'b')
      await publish(store, 1)
      await accept(store)
      await fanOutAll(store, NOW + 1_000)
      expect(await measure()).toEqual({
        ...{ deliveries: 4, toCome: 0, retries: 0, failingSubscriptions: 0 },
        oldestAt: NOW,
      })
      const taken = await takeAll(store, { now: NOW + 1_000, take: 1 })
      expect(await measure()).toMatchObject({ deliveries: 4, retries: 0 })
      const [first, second] = taken
      if (first === undefined || second === undefined) throw new Error('not two')
      await settle(store, first, { state: 'waiting', dueAt: NOW + 5_000, rejections: 0 })
      expect(await measure()).toMatchObject({ deliveries: 4, retries: 1, oldestAt: NOW })
      await settle(store, second, { state: 'dead' })
      expect(await measure()).toMatchObject({ deliveries: 3, retries: 1, oldestAt: NOW })
    })

    it('counts all of them, however many looks they take', async () => {
      await subscribe(store, ...Array.from({ length: 110 }, (_, n) => `s${n}`))
      await publish(store, 100)
      const waiting = await measure()
      expect(waiting).toMatchObject({ deliveries: 11_000, retries: 0, toCome: 0 })
    })

    it('tells how many deliveries accepted events will still bring', async () => {
      await subscribe(store, 'a', 'b', 'c')
      await accept(store)
      await accept(store)
      await accept(store, [`${TOPIC}/nobody`])
      expect(await measure()).toMatchObject({ deliveries: 0, toCome: 6 })
      await store.fanOut.next(2, NOW)
      expect(await measure()).toMatchObject({ deliveries: 2, toCome: 4 })
      await fanOutAll(store, NOW)
      expect(await measure()).toMatchObject({ deliveries: 6, toCome: 0 })
    })

    it('tells how many subscriptions are failing', async () => {
      await subscribe(store, 'a')
      await publish(store, 1)
      const taken = await takeOnly(store)
      const again = { state: 'waiting', dueAt: NOW, rejections: 0 } as const
      await settle(store, taken, again, undefined, { state: { ...taken.queue.state, failingSince: NOW } })
      expect(await measure()).toMatchObject({ failingSubscriptions: 1 })
      const back = await takeOnly(store)
      const state = { ...back.queue.state, failingSince: null }
      await settle(store, back, { state: 'delivered' }, undefined, { state })
      expect(await measure()).toMatchObject({ failingSubscriptions: 0 })
    })

    it.each([
      ['ended', () => unsubscribe(store, 'a')],
      [
        'paused',
        async () =>
          store.registry.subscriptions.pause((await subscription(store, callback('a'))).id, true, NOW),
      ],
    ])('tells of none that is %s', async (_, end) => {
      await subscribe(store, 'a')
      await publish(store, 1)
      const taken = await takeOnly(store)
      const again = { state: 'waiting', dueAt: NOW, rejections: 0 } as const
      await settle(store, taken, again, undefined, { state: { ...taken.queue.state, failingSince: NOW } })
      await end()
      expect(await measure()).toMatchObject({ failingSubscriptions: 0 })
    })
  })
}
