import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Store } from '../../src/store/index.ts'
import {
  acceptMany,
  callback,
  claimIntents,
  confirm,
  deliveries,
  fanOutAll,
  intentRequest,
  LEASE_END,
  NOW,
  type OpenStore,
  populate,
  publish,
  settle,
  subscribe,
  subscription,
  sweep,
  takeAll,
  unsubscribe,
} from './scene.ts'

export function expiryContract(open: OpenStore): void {
  describe('Expiry', () => {
    let store: Store

    beforeEach(async () => {
      store = await open()
      await populate(store)
    })
    afterEach(() => store.close())

    const states = async (name: string) =>
      (await deliveries(store)).filter(({ to }) => to === callback(name)).map(({ state }) => state)

    describe('endLapsed', () => {
      it('ends a subscription at the end of its lease, not before', async () => {
        await subscribe(store, 'a')
        expect(await store.expiry.endLapsed(LEASE_END - 1, 10)).toBe(0)
        expect(await store.expiry.endLapsed(LEASE_END, 10)).toBe(1)
        expect(await subscription(store, callback('a'))).toMatchObject({
          state: 'ended',
          ended_why: 'its lease ran out',
        })
        expect(await store.expiry.endLapsed(LEASE_END, 10)).toBe(0)
      })

      it('does at most the limit', async () => {
        await subscribe(store, 'a', 'b', 'c')
        expect(await store.expiry.endLapsed(LEASE_END, 2)).toBe(2)
        expect(await store.expiry.endLapsed(LEASE_END, 2)).toBe(1)
      })

      it('leaves a pending subscription to its verification', async () => {
        await store.intentInbox.request(intentRequest(), { inAll: 10 })
        expect(await store.expiry.endLapsed(Number.MAX_SAFE_INTEGER, 10)).toBe(0)
      })
    })

    describe('dropUndeliverable', () => {
      it('drops what waits for a subscription that ended, in chunks, and nothing else', async () => {
        await subscribe(store, 'a', 'b')
        await publish(store, 5)
        await sweep(store)
        await unsubscribe(store, 'a')
        const dropped: number[] = []
        for (let chunk = 0; chunk < 4; chunk += 1)
          dropped.push(await store.expiry.dropUndeliverable(NOW + 9, 2))
        expect(dropped).toEqual([2, 2, 1, 0])
        expect(new Set(await states('a'))).toEqual(new Set(['dropped']))
        expect(new Set(await states('b'))).toEqual(new Set(['waiting']))
        const { items } = await store.registry.deliveries.list({ limit: 1 })
        expect(items[0]).toMatchObject({ state: 'waiting', settled_at: null })
      })

      it.each([
        ['unsubscribed', () => unsubscribe(store, 'a')],
        ['lost its lease', () => store.expiry.endLapsed(LEASE_END, 10)],
        ['lost its subscriber', () => store.registry.subscribers.remove('siem', NOW)],
      ])('drops for one that %s', async (_, end) => {
        await subscribe(store, 'a')
        await publish(store, 1)
        await sweep(store)
        await end()
        expect(await store.expiry.dropUndeliverable(NOW, 10)).toBe(1)
        expect(await states('a')).toEqual(['dropped'])
      })

      it('drops only the former life of one that is active again', async () => {
        await subscribe(store, 'a')
        await publish(store, 2)
        await unsubscribe(store, 'a')
        await subscribe(store, 'a')
        await publish(store, 1)
        expect(await store.expiry.dropUndeliverable(NOW, 10)).toBe(2)
        expect(await states('a')).toEqual(['dropped', 'dropped', 'waiting'])
      })

      it('drops the former life also while the queue is held for the one that there is now', async () => {
        await subscribe(store, 'a')
        await publish(store, 2)
        await unsubscribe(store, 'a')
        await subscribe(store, 'a')
        await publish(store, 1)
        expect(await takeAll(store)).toHaveLength(1)
        expect(await store.expiry.dropUndeliverable(NOW, 10)).toBe(2)
        expect(await states('a')).toEqual(['dropped', 'dropped', 'waiting'])
      })

      it('goes on to the next subscription, past those that have nothing', async () => {
        await subscribe(store, 'a', 'empty', 'b')
        await publish(store, 1)
        await unsubscribe(store, 'empty')
        await store.expiry.dropUndeliverable(NOW, 10)
        for (const name of ['a', 'b']) await unsubscribe(store, name)
        expect(await store.expiry.dropUndeliverable(NOW, 10)).toBe(2)
      })

      it('tells of more only as long as there is some', async () => {
        await subscribe(store, 'a')
        await publish(store, 2)
        await unsubscribe(store, 'a')
        expect(await store.expiry.dropUndeliverable(NOW, 2)).toBe(2)
        expect(await store.expiry.dropUndeliverable(NOW, 2)).toBe(0)
      })
    })

    describe('giveUp', () => {
      const HOUR = 3_600_000
      const again = { state: 'waiting', dueAt: NOW + HOUR, rejections: 0 } as const
      /** Has the first of two deliveries to each of these fail, by which it fails since then. */
      const fail = async (failingSince: number | null, ...names: string[]) => {
        await subscribe(store, ...names)
        await publish(store, 2)
        for (const taken of await takeAll(store, { take: 1 }))
          await settle(store, taken, again, undefined, { state: { ...taken.queue.state, failingSince } })
      }

      it('ends what has waited for so long for a receiver that failed for as long, and tells how much', async () => {
        await fail(NOW, 'a')
        expect(await store.expiry.giveUp(NOW + HOUR - 1, HOUR, 10)).toBe(0)
        expect(await states('a')).toEqual(['waiting', 'waiting'])
        expect(await store.expiry.giveUp(NOW + HOUR, HOUR, 10)).toBe(2)
        expect(await states('a')).toEqual(['dead', 'dead'])
        expect(await store.expiry.giveUp(NOW + HOUR, HOUR, 10)).toBe(0)
        const [first] = (await store.registry.deliveries.list({ limit: 9 })).items.slice(-1)
        expect(await store.registry.deliveries.get(first?.id ?? '')).toMatchObject({
          ...{ attempts: 1, settled_at: NOW + HOUR, due_at: null, receipts: [{ attempt: 1, status: 500 }] },
        })
      })

      it('leaves the subscription, and what has not waited for as long', async () => {
        await fail(NOW, 'a')
        await acceptMany(store, 1)
        await fanOutAll(store, NOW + 1)
        expect(await store.expiry.giveUp(NOW + HOUR, HOUR, 10)).toBe(2)
        expect(await states('a')).toEqual(['dead', 'dead', 'waiting'])
        expect(await subscription(store, callback('a'))).toMatchObject({ state: 'failing' })
      })

      it('leaves those whose receiver has not failed for as long, or does not fail', async () => {
        await fail(NOW + 1, 'a')
        expect(await store.expiry.giveUp(NOW + HOUR, HOUR, 10)).toBe(0)
        await fail(null, 'b')
        expect(await store.expiry.giveUp(NOW + HOUR, HOUR, 10)).toBe(0)
      })

      it('leaves what is paused, which waits for as long as it is, and for the whole time once more', async () => {
        await fail(NOW, 'a', 'b')
        const pause = async (paused: boolean, now: number) => {
          const { id } = await subscription(store, callback('a'))
          await store.registry.subscriptions.pause(id, paused, now)
        }
        await pause(true, NOW + 1)
        expect(await store.expiry.giveUp(NOW + HOUR, HOUR, 10)).toBe(2)
        expect(await states('a')).toEqual(['waiting', 'waiting'])
        await pause(false, NOW + 2 * HOUR)
        expect(await subscription(store, callback('a'))).toMatchObject({ state: 'failing' })
        expect(await store.expiry.giveUp(NOW + 3 * HOUR - 1, HOUR, 10)).toBe(0)
        expect(await store.expiry.giveUp(NOW + 3 * HOUR, HOUR, 10)).toBe(2)
      })

      it('does at most the limit, and goes on to the next subscription', async () => {
        await fail(NOW, 'a', 'b')
        const steps: number[] = []
        for (let step = 0; step < 3; step += 1) steps.push(await store.expiry.giveUp(NOW + HOUR, HOUR, 3))
        expect(steps).toEqual([3, 1, 0])
        expect([...(await states('a')), ...(await states('b'))]).toEqual(Array(4).fill('dead'))
      })

      it('looks at so many queues in a step, however many fail, and at the others in the next', async () => {
        await fail(NOW, ...Array.from({ length: 60 }, (_, n) => `of-many-${n}`))
        const steps: number[] = []
        for (let step = 0; step < 3; step += 1) steps.push(await store.expiry.giveUp(NOW + HOUR, HOUR, 1_000))
        expect(steps).toEqual([100, 20, 0])
      })

      it('leaves a queue to whoever holds it', async () => {
        await fail(NOW, 'a')
        await takeAll(store, { take: 1 })
        expect(await store.expiry.giveUp(NOW + HOUR, HOUR, 10)).toBe(0)
        await store.expiry.freeClaims(NOW + HOUR)
        expect(await store.expiry.giveUp(NOW + HOUR, HOUR, 10)).toBe(2)
      })
    })

    describe('freeClaims', () => {
      it('frees deliveries and intents at the end of the claim, not before', async () => {
        await subscribe(store, 'a')
        await publish(store, 1)
        await takeAll(store)
        await store.intentInbox.request(intentRequest({ callback: callback('b') }), { inAll: 10 })
        await claimIntents(store)
        await store.expiry.freeClaims(NOW + 9_999)
        expect(await takeAll(store)).toEqual([])
        expect(await claimIntents(store)).toEqual([])
        await store.expiry.freeClaims(NOW + 10_000)
        expect(await takeAll(store)).toHaveLength(1)
        expect(await claimIntents(store)).toHaveLength(1)
      })

      it('lets what was under way when its subscription ended be dropped after all', async () => {
        await confirm(store)
        await publish(store, 1)
        await takeAll(store)
        await unsubscribe(store, 'a')
        expect(await store.expiry.dropUndeliverable(NOW, 10)).toBe(0)
        await store.expiry.freeClaims(NOW + 10_000)
        expect(await store.expiry.dropUndeliverable(NOW, 10)).toBe(1)
      })
    })
  })
}
