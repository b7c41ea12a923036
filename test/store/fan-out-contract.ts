import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Store } from '../../src/store/index.ts'
import {
  accept,
  callback,
  claimQueues,
  confirm,
  deliveries,
  fanOutAll,
  LEASE_END,
  NOW,
  type OpenStore,
  populate,
  settle,
  subscribe,
  takeOnly,
  TOPIC,
  unsubscribe,
} from './scene.ts'

export function fanOutContract(open: OpenStore): void {
  describe('FanOut', () => {
    let store: Store

    beforeEach(async () => {
      store = await open()
      await populate(store)
    })
    afterEach(() => store.close())

    const next = (limit: number) => store.fanOut.next(limit, NOW)
    const reached = async () => (await deliveries(store)).map(({ to }) => to)

    it('has nothing to do without a publication', async () => {
      expect(await next(10)).toEqual([])
    })

    it('makes one delivery for each subscription to the topic', async () => {
      await subscribe(store, 'a', 'b')
      await confirm(store, { topic: `${TOPIC}/login` })
      const jti = await accept(store)
      expect(await next(10)).toEqual([{ topic: TOPIC, deliveries: 2 }])
      expect(await next(10)).toEqual([])
      expect(await deliveries(store)).toEqual([
        { to: callback('a'), jti, state: 'waiting' },
        { to: callback('b'), jti, state: 'waiting' },
      ])
    })

    it('makes one for each topic that a callback subscribed to', async () => {
      await confirm(store)
      await confirm(store, { topic: `${TOPIC}/login` })
      const jti = await accept(store, [`${TOPIC}/login`, TOPIC])
      await fanOutAll(store)
      expect(await deliveries(store)).toEqual([
        { to: callback('a'), jti, state: 'waiting' },
        { to: callback('a'), jti, state: 'waiting' },
      ])
    })

    it('goes on in chunks where it stopped, none twice', async () => {
      await subscribe(store, 'a', 'b', 'c', 'd', 'e')
      await accept(store)
      const made: number[][] = []
      for (let chunk = 0; chunk < 4; chunk += 1)
        made.push((await next(2)).map(({ deliveries }) => deliveries))
      expect(made).toEqual([[2], [2], [1], []])
      expect(await reached()).toEqual(['a', 'b', 'c', 'd', 'e'].map(callback))
    })

    it('shares a chunk between topics, so that one with many subscriptions holds up no other', async () => {
      await subscribe(store, 'a', 'b', 'c', 'd', 'e')
      const small = `${TOPIC}/small`
      await confirm(store, { topic: small, callback: callback('f') })
      await accept(store)
      await accept(store)
      await accept(store, [small])
      // A topic's own publications are made in their order, all the same.
      expect(await next(4)).toEqual([
        { topic: TOPIC, deliveries: 2 },
        { topic: small, deliveries: 1 },
      ])
      expect(await next(4)).toEqual([
        { topic: TOPIC, deliveries: 3 },
        { topic: TOPIC, deliveries: 1 },
      ])
    })

    it('ends when the last chunk was full', async () => {
      await subscribe(store, 'a', 'b')
      await accept(store)
      expect(await next(2)).toEqual([{ topic: TOPIC, deliveries: 2 }])
      expect(await next(2)).toEqual([{ topic: TOPIC, deliveries: 0 }])
      expect(await next(2)).toEqual([])
    })

    it('takes several publications at once, as far as the limit goes', async () => {
      await subscribe(store, 'a', 'b')
      for (let event = 0; event < 3; event += 1) await accept(store)
      expect(await next(3)).toEqual([
        { topic: TOPIC, deliveries: 2 },
        { topic: TOPIC, deliveries: 1 },
      ])
      expect(await next(3)).toEqual([
        { topic: TOPIC, deliveries: 1 },
        { topic: TOPIC, deliveries: 2 },
      ])
      await fanOutAll(store)
      expect(await deliveries(store)).toHaveLength(6)
    })

    it('serves the oldest publication first', async () => {
      await subscribe(store, 'a')
      const accepted = [await accept(store), await accept(store), await accept(store)]
      await fanOutAll(store)
      expect((await deliveries(store)).map(({ jti }) => jti)).toEqual(accepted)
    })

    it('leaves out who came after the event, whatever the clock says', async () => {
      await subscribe(store, 'a')
      await accept(store)
      await confirm(store, { callback: callback('late'), now: NOW - 60_000 })
      await fanOutAll(store)
      expect(await reached()).toEqual([callback('a')])
    })

    it('leaves out who came between two chunks', async () => {
      await subscribe(store, 'a', 'b')
      await accept(store)
      await next(1)
      await subscribe(store, 'late')
      await fanOutAll(store)
      expect(await reached()).toEqual(['a', 'b'].map(callback))
    })

    it('leaves out who ended, between two chunks too', async () => {
      await subscribe(store, 'a', 'b', 'c')
      await unsubscribe(store, 'a')
      await accept(store)
      await next(1)
      await unsubscribe(store, 'c')
      await fanOutAll(store)
      expect(await reached()).toEqual([callback('b')])
    })

    it('leaves out whose lease is over, before anything has swept it', async () => {
      await subscribe(store, 'a')
      await accept(store)
      await fanOutAll(store, LEASE_END)
      expect(await reached()).toEqual([])
    })

    it('leaves out who was away when the event was accepted', async () => {
      await subscribe(store, 'a', 'b')
      await unsubscribe(store, 'a')
      await accept(store)
      await subscribe(store, 'a')
      await fanOutAll(store)
      expect(await reached()).toEqual([callback('b')])
    })

    it('keeps who renewed in the meantime', async () => {
      await subscribe(store, 'a')
      await accept(store)
      await confirm(store, { now: NOW + 60_000 })
      await fanOutAll(store)
      expect(await reached()).toEqual([callback('a')])
    })

    describe('lets the queue be claimed', () => {
      const ready = async () => (await claimQueues(store)).claimed.map(({ origin }) => `${origin}/cb`)

      it('of whom it has made a delivery for, and of nobody else', async () => {
        await subscribe(store, 'a', 'b', 'c')
        await accept(store)
        await next(2)
        expect(await ready()).toEqual(['a', 'b'].map(callback))
        await next(2)
        expect(await ready()).toEqual([callback('c')])
      })

      it('as of the first that waits, whatever comes behind it', async () => {
        await subscribe(store, 'a')
        await accept(store)
        await fanOutAll(store)
        await accept(store)
        await fanOutAll(store, NOW + 1_000)
        expect(await claimQueues(store, { limit: 0 })).toEqual({ claimed: [], nextDue: NOW })
      })

      it('not of whom is paused', async () => {
        const { id } = await confirm(store)
        await store.registry.subscriptions.pause(id, true, NOW)
        await accept(store)
        await fanOutAll(store)
        expect(await claimQueues(store)).toEqual({ claimed: [] })
      })

      it('once it is free, where it is held', async () => {
        await subscribe(store, 'a')
        await accept(store)
        await fanOutAll(store)
        const { queue, sendable } = await takeOnly(store)
        const jti = await accept(store)
        await fanOutAll(store)
        expect(await claimQueues(store)).toEqual({ claimed: [] })
        await settle(store, { queue, sendable }, { state: 'delivered' })
        expect((await takeOnly(store)).sendable.body).toBe(`body of ${jti}`)
      })
    })
  })
}
