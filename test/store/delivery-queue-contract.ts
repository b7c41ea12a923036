import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ClaimedDelivery, Receipt } from '../../src/core/store-ports.ts'
import type { Store } from '../../src/store/index.ts'
import {
  accept,
  acceptMany,
  callback,
  claimDeliveries,
  confirm,
  deliveries,
  fanOutAll,
  LEASE_END,
  NOW,
  type OpenStore,
  populate,
  subscribe,
  subscription,
  sweep,
  TOPIC,
  unsubscribe,
} from './scene.ts'

const receipt: Receipt = { at: NOW + 5, ms: 20, status: 204, outcome: 'delivered' }
const failure: Receipt = { at: NOW + 5, ms: 20, status: 500, outcome: 'refused' }

export function deliveryQueueContract(open: OpenStore): void {
  describe('DeliveryQueue', () => {
    let store: Store

    beforeEach(async () => {
      store = await open()
      await populate(store)
    })
    afterEach(() => store.close())

    const get = async ({ id }: ClaimedDelivery) => {
      const delivery = await store.registry.deliveries.get(id)
      if (delivery === undefined) throw new Error(`no delivery ${id}`)
      return delivery
    }
    const only = async (): Promise<ClaimedDelivery> => {
      const [claimed, ...others] = await claimDeliveries(store)
      if (claimed === undefined || others.length > 0) throw new Error('not exactly one delivery')
      return claimed
    }
    /** So many events for every subscription there is. */
    const publish = async (events: number) => {
      await acceptMany(store, events)
      await fanOutAll(store)
    }
    /** How many of these go to each callback. */
    const shares = async (claimed: ClaimedDelivery[]) => {
      const found = await Promise.all(claimed.map(({ id }) => store.registry.deliveries.get(id)))
      const { items } = await store.registry.subscriptions.list({ limit: 100 })
      const callbacks = new Map(items.map((item) => [item.id, item.callback]))
      return Object.groupBy(found, (item) => callbacks.get(item?.subscription ?? '') ?? '')
    }
    const count = async (claimed: ClaimedDelivery[]) =>
      Object.fromEntries(Object.entries(await shares(claimed)).map(([to, all]) => [to, all?.length]))

    describe('claim', () => {
      it('gives what is due, oldest first, up to the limit', async () => {
        await subscribe(store, 'a')
        const accepted = [await accept(store), await accept(store), await accept(store)]
        await fanOutAll(store)
        const claimed = await claimDeliveries(store, { limit: 2 })
        expect(await Promise.all(claimed.map(async (item) => (await get(item)).jti))).toEqual(
          accepted.slice(0, 2),
        )
        expect(await claimDeliveries(store)).toHaveLength(1)
      })

      it('gives nothing before it is due', async () => {
        await subscribe(store, 'a')
        await accept(store)
        await fanOutAll(store, NOW + 1_000)
        expect(await claimDeliveries(store, { now: NOW + 999 })).toEqual([])
        expect(await claimDeliveries(store, { now: NOW + 1_000 })).toHaveLength(1)
      })

      it('gives each delivery once, however many ask at once', async () => {
        await subscribe(store, 'a', 'b')
        await publish(10)
        const batches = await Promise.all(
          Array.from({ length: 8 }, () => claimDeliveries(store, { limit: 4 })),
        )
        const ids = batches.flat().map(({ id }) => id)
        expect(ids).toHaveLength(20)
        expect(new Set(ids).size).toBe(20)
      })

      it('keeps to the limit per subscription, in one batch and over several', async () => {
        await subscribe(store, 'a', 'b')
        await publish(5)
        const first = await claimDeliveries(store, { perSubscription: 2 })
        expect(await count(first)).toEqual({ [callback('a')]: 2, [callback('b')]: 2 })
        expect(await claimDeliveries(store, { perSubscription: 2 })).toEqual([])
        for (const claimed of first) await store.deliveries.settle(claimed, { state: 'delivered' }, receipt)
        expect(await claimDeliveries(store, { perSubscription: 3 })).toHaveLength(6)
      })

      it('keeps to the limit per origin, in one batch and over several', async () => {
        for (const path of ['/1', '/2', '/3']) await confirm(store, { callback: `https://a.example${path}` })
        await subscribe(store, 'b')
        await publish(2)
        const first = await claimDeliveries(store, { perOrigin: 4 })
        expect(await count(first)).toMatchObject({ [callback('b')]: 2 })
        expect(first).toHaveLength(6)
        expect(await claimDeliveries(store, { perOrigin: 4 })).toEqual([])
        expect(await claimDeliveries(store, { perOrigin: 5 })).toHaveLength(1)
      })

      it('fills an origin past a subscription that is at its own limit', async () => {
        await confirm(store, { callback: 'https://a.example/1' })
        await publish(10)
        await confirm(store, { callback: 'https://a.example/2' })
        await publish(1)
        const claimed = await claimDeliveries(store, { perSubscription: 2, perOrigin: 3 })
        expect(await count(claimed)).toEqual({ 'https://a.example/1': 2, 'https://a.example/2': 1 })
      })

      it.each([
        ['at its limit', 2],
        ['below its limit', 1],
      ])('reaches past a backlog of a thousand whose subscription is %s', async (_, underWay) => {
        await subscribe(store, 'a')
        await publish(1_000)
        await subscribe(store, 'b', 'c')
        await publish(1)
        expect(await claimDeliveries(store, { limit: underWay, perSubscription: 2 })).toHaveLength(underWay)
        expect(await count(await claimDeliveries(store, { limit: 16, perSubscription: 2 }))).toMatchObject({
          [callback('b')]: 1,
          [callback('c')]: 1,
        })
      })

      it('reaches past a backlog of a thousand whose origin is at its limit', async () => {
        await subscribe(store, 'a')
        await publish(1_000)
        await subscribe(store, 'b')
        await publish(1)
        await claimDeliveries(store, { limit: 2, perOrigin: 2 })
        expect(await count(await claimDeliveries(store, { limit: 16, perOrigin: 2 }))).toEqual({
          [callback('b')]: 1,
        })
      })

      it('passes over a subscription that ended or whose lease is over', async () => {
        await confirm(store, { callback: callback('short'), leaseSeconds: 10 })
        await subscribe(store, 'ended', 'a')
        await publish(1)
        await unsubscribe(store, 'ended')
        const claimed = await claimDeliveries(store, { now: NOW + 10_000 })
        expect(await count(claimed)).toEqual({ [callback('a')]: 1 })
      })

      it('passes over what was accepted in a former life of the subscription', async () => {
        await subscribe(store, 'a')
        await publish(1)
        await unsubscribe(store, 'a')
        await subscribe(store, 'a')
        expect(await claimDeliveries(store)).toEqual([])
        await publish(1)
        expect(await claimDeliveries(store)).toHaveLength(1)
      })
    })

    describe('load', () => {
      it('tells everything an attempt needs', async () => {
        const { id } = await confirm(store, { secretSealed: 'sealed' })
        const jti = await accept(store)
        await fanOutAll(store)
        expect(await store.deliveries.load(await only(), NOW)).toEqual({
          subscription: id,
          topic: TOPIC,
          callback: callback('a'),
          secretSealed: 'sealed',
          contentType: 'application/secevent+jwt',
          body: `body of ${jti}`,
          attempts: 0,
        })
      })

      it('tells the secret of this moment, or none', async () => {
        await confirm(store, { secretSealed: 'old' })
        await publish(1)
        const claimed = await only()
        await confirm(store, { secretSealed: 'new' })
        expect(await store.deliveries.load(claimed, NOW)).toMatchObject({ secretSealed: 'new' })
        await confirm(store)
        expect(await store.deliveries.load(claimed, NOW)).not.toHaveProperty('secretSealed')
      })

      it('tells nothing once the subscription ended, its lease is over or the claim is not the present one', async () => {
        await subscribe(store, 'a')
        await publish(1)
        const claimed = await only()
        expect(await store.deliveries.load(claimed, LEASE_END - 1)).toBeDefined()
        expect(await store.deliveries.load(claimed, LEASE_END)).toBeUndefined()
        expect(await store.deliveries.load({ ...claimed, claim: 'stale' }, NOW)).toBeUndefined()
        await unsubscribe(store, 'a')
        expect(await store.deliveries.load(claimed, NOW)).toBeUndefined()
      })
    })

    describe('settle', () => {
      beforeEach(async () => {
        await subscribe(store, 'a')
        await publish(1)
      })

      it('records the receipt with the state', async () => {
        const claimed = await only()
        await store.deliveries.settle(claimed, { state: 'delivered' }, receipt)
        expect(await get(claimed)).toMatchObject({
          state: 'delivered',
          attempts: 1,
          settled_at: NOW + 25,
          receipts: [{ attempt: 1, sent_at: NOW + 5, ms: 20, status: 204, outcome: 'delivered' }],
        })
        expect(await claimDeliveries(store, { now: NOW + 1_000 })).toEqual([])
      })

      it('lets it wait for another attempt, with every receipt kept', async () => {
        const first = await only()
        await store.deliveries.settle(first, { state: 'waiting', dueAt: NOW + 500 }, failure)
        expect(await claimDeliveries(store, { now: NOW + 499 })).toEqual([])
        const [second] = await claimDeliveries(store, { now: NOW + 500 })
        expect(second?.id).toBe(first.id)
        expect(second?.claim).not.toBe(first.claim)
        if (second === undefined) return
        expect(await store.deliveries.load(second, NOW)).toMatchObject({ attempts: 1 })
        await store.deliveries.settle(second, { state: 'dead' }, { at: NOW, ms: 20, outcome: 'timeout' })
        expect(await get(first)).toMatchObject({
          state: 'dead',
          attempts: 2,
          receipts: [
            { attempt: 1, status: 500, outcome: 'refused' },
            { attempt: 2, status: null, outcome: 'timeout' },
          ],
        })
      })

      it('changes nothing under a claim that lapsed', async () => {
        const stale = await only()
        await store.expiry.freeClaims(NOW + 10_000)
        await store.deliveries.settle(stale, { state: 'delivered' }, receipt)
        expect(await get(stale)).toMatchObject({ state: 'waiting', attempts: 0, receipts: [] })
        const present = await only()
        await store.deliveries.settle(stale, { state: 'dead', endSubscription: 'gone' }, failure)
        await store.deliveries.drop(stale, NOW)
        expect(await get(present)).toMatchObject({ state: 'waiting', attempts: 0, receipts: [] })
        expect(await subscription(store, callback('a'))).toMatchObject({ state: 'active' })
        await store.deliveries.settle(present, { state: 'delivered' }, receipt)
        expect(await get(present)).toMatchObject({ state: 'delivered', attempts: 1 })
      })

      it('counts an attempt once', async () => {
        const claimed = await only()
        await store.deliveries.settle(claimed, { state: 'delivered' }, receipt)
        await store.deliveries.settle(claimed, { state: 'delivered' }, receipt)
        expect((await get(claimed)).receipts).toHaveLength(1)
      })

      it('ends the subscription whose callback is gone, and what waits for it is never sent', async () => {
        const claimed = await only()
        await publish(2)
        await sweep(store)
        await store.deliveries.settle(claimed, { state: 'dead', endSubscription: 'gone' }, failure)
        expect(await subscription(store, callback('a'))).toMatchObject({ state: 'ended', ended_why: 'gone' })
        expect(await claimDeliveries(store)).toEqual([])
        await store.expiry.dropUndeliverable(NOW, 100)
        expect((await deliveries(store)).map(({ state }) => state)).toEqual(['dead', 'dropped', 'dropped'])
      })

      it('ends no subscription that has begun anew since, nor one that ended otherwise', async () => {
        const claimed = await only()
        await unsubscribe(store, 'a')
        await subscribe(store, 'a')
        await store.deliveries.settle(claimed, { state: 'dead', endSubscription: 'gone' }, failure)
        expect(await subscription(store, callback('a'))).toMatchObject({ state: 'active', ended_why: null })
        await accept(store)
        await fanOutAll(store)
        const later = await only()
        await unsubscribe(store, 'a')
        await store.deliveries.settle(later, { state: 'dead', endSubscription: 'gone' }, failure)
        expect(await subscription(store, callback('a'))).toMatchObject({ ended_why: 'unsubscribed' })
      })

      it('gives no other attempt to a subscription that ended during this one', async () => {
        const claimed = await only()
        await unsubscribe(store, 'a')
        await store.expiry.dropUndeliverable(NOW, 100)
        await store.deliveries.settle(claimed, { state: 'waiting', dueAt: NOW + 500 }, failure)
        expect(await get(claimed)).toMatchObject({ state: 'dropped', attempts: 1 })
      })

      it('passes silently over a delivery that was deleted meanwhile', async () => {
        const claimed = await only()
        const { id } = await subscription(store, callback('a'))
        await store.registry.subscriptions.remove(id, NOW)
        await store.deliveries.settle(claimed, { state: 'delivered' }, receipt)
        expect(await store.registry.deliveries.get(claimed.id)).toBeUndefined()
      })
    })

    it('drops a claimed delivery unsent', async () => {
      await subscribe(store, 'a')
      await publish(1)
      const claimed = await only()
      await store.deliveries.drop(claimed, NOW + 7)
      expect(await get(claimed)).toMatchObject({
        state: 'dropped',
        attempts: 0,
        settled_at: NOW + 7,
        receipts: [],
      })
    })

    it('knows when the next falls due', async () => {
      expect(await store.deliveries.nextDue()).toBeUndefined()
      await subscribe(store, 'a', 'b')
      await publish(1)
      expect(await store.deliveries.nextDue()).toBe(NOW)
      const [first, second] = await claimDeliveries(store)
      expect(await store.deliveries.nextDue()).toBeUndefined()
      if (first === undefined || second === undefined) throw new Error('not two deliveries')
      await store.deliveries.settle(first, { state: 'waiting', dueAt: NOW + 900 }, failure)
      await store.deliveries.settle(second, { state: 'waiting', dueAt: NOW + 300 }, failure)
      expect(await store.deliveries.nextDue()).toBe(NOW + 300)
    })
  })
}
