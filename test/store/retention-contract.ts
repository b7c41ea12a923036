import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Store } from '../../src/store/index.ts'
import {
  callback,
  deliveries,
  fanOutAll,
  NOW,
  type OpenStore,
  populate,
  REFUSED,
  signedEvent,
  settle,
  source,
  subscribe,
  takeAll,
  takeOnly,
  unsubscribe,
} from './scene.ts'

const MANY = 1_000
/** When an attempt that begins at NOW has ended. */
const SETTLED = REFUSED.at + REFUSED.ms

export function retentionContract(open: OpenStore): void {
  describe('Retention', () => {
    let store: Store

    beforeEach(async () => {
      store = await open()
      await populate(store)
    })
    afterEach(() => store.close())

    /** One event, accepted then. @returns its `jti`, which is its key too */
    const accept = async (now = NOW, from = source): Promise<string> => {
      const event = signedEvent()
      await store.inbox.accept({ source: from, name: 'login', key: event.jti, now, events: [event] })
      return event.jti
    }
    /** Delivers whatever waits, but for these subscriptions' own. */
    const deliverAll = async (...except: string[]) => {
      await fanOutAll(store)
      const taken = await takeAll(store)
      const others = taken.filter(
        ({ sendable: { receiver } }) => !except.some((name) => receiver.callback === callback(name)),
      )
      await settle(store, others, { state: 'delivered' })
      await store.expiry.freeClaims(Number.MAX_SAFE_INTEGER)
    }
    const kept = async (): Promise<string[]> => {
      const { items } = await store.registry.events.list({ limit: MANY })
      return items.map(({ jti }) => jti).reverse()
    }
    const removeEvents = (before = NOW, limit = MANY) => store.retention.removeEvents(before, limit)
    const forgetKeys = (before = NOW, limit = MANY) => store.retention.forgetKeys(before, limit)
    const knows = (key: string) => store.inbox.knows(source.id, key)

    describe('removeEvents', () => {
      it('removes what is as old as that, and nothing younger', async () => {
        await accept(NOW - 1)
        await accept(NOW)
        const young = await accept(NOW + 1)
        await fanOutAll(store)
        expect(await removeEvents(NOW)).toBe(2)
        expect(await kept()).toEqual([young])
        expect(await removeEvents(NOW)).toBe(0)
      })

      it('removes deliveries and receipts with their event, and the topic page with it', async () => {
        await subscribe(store, 'a', 'b')
        await accept()
        await deliverAll()
        const [delivery] = (await store.registry.deliveries.list({ limit: 1 })).items
        expect(await removeEvents()).toBe(3)
        expect(await deliveries(store)).toEqual([])
        expect(await store.registry.deliveries.get(delivery?.id ?? '')).toBeUndefined()
        expect(await store.topicPages.latest(signedEvent().topics[0])).toBeUndefined()
      })

      it('keeps an event with a delivery that waits, also under way, for as long as it waits', async () => {
        await subscribe(store, 'a', 'b')
        const jti = await accept()
        await deliverAll('b')
        await removeEvents()
        expect(await deliveries(store)).toEqual([{ to: callback('b'), jti, state: 'waiting' }])
        expect(await kept()).toEqual([jti])
        const { sendable } = await takeOnly(store)
        expect(sendable).toMatchObject({ body: `body of ${jti}` })
        expect(await removeEvents()).toBe(0)
        expect(await kept()).toEqual([jti])
        await store.expiry.freeClaims(Number.MAX_SAFE_INTEGER)
        await deliverAll()
        expect(await removeEvents()).toBe(2)
        expect(await kept()).toEqual([])
      })

      it('removes dead and dropped deliveries too', async () => {
        await subscribe(store, 'a', 'b')
        await accept()
        await fanOutAll(store)
        await unsubscribe(store, 'b')
        while ((await store.expiry.dropUndeliverable(NOW, MANY)) > 0);
        await settle(store, await takeAll(store), { state: 'dead' })
        while ((await store.expiry.dropUndeliverable(NOW, MANY)) > 0);
        expect((await deliveries(store)).map(({ state }) => state)).toEqual(['dead', 'dropped'])
        expect(await removeEvents(SETTLED)).toBe(3)
      })

      it('keeps what died late for as long as any other, and its event with it', async () => {
        await subscribe(store, 'a')
        const jti = await accept()
        await fanOutAll(store)
        await settle(store, await takeAll(store), { state: 'dead' })
        expect(await removeEvents(SETTLED - 1)).toBe(0)
        expect(await deliveries(store)).toEqual([{ to: callback('a'), jti, state: 'dead' }])
        expect(await removeEvents(SETTLED)).toBe(2)
        expect(await kept()).toEqual([])
      })

      it('keeps an event whose deliveries are not all made', async () => {
        await subscribe(store, 'a', 'b')
        const jti = await accept()
        await store.fanOut.next(1, NOW)
        await settle(store, await takeAll(store), { state: 'delivered' })
        await removeEvents()
        expect(await kept()).toEqual([jti])
        await fanOutAll(store)
        expect(await deliveries(store)).toEqual([{ to: callback('b'), jti, state: 'waiting' }])
      })

      it('goes through the deliveries of one event in steps', async () => {
        await subscribe(store, 'a', 'b', 'c', 'd', 'e')
        await accept()
        await deliverAll()
        const steps: number[] = []
        while ((await kept()).length > 0) steps.push(await removeEvents(NOW, 2))
        expect(steps).toEqual([2, 2, 2])
      })

      it('comes past what must stay, however much it is, and round to it again', async () => {
        await subscribe(store, 'a')
        const waiting = [await accept(NOW - 5), await accept(NOW - 5), await accept(NOW - 4)]
        await fanOutAll(store)
        await unsubscribe(store, 'a')
        const free = await accept(NOW - 3)
        await fanOutAll(store)
        expect(await removeEvents(NOW, 2)).toBe(0)
        const steps = [await removeEvents(NOW, 2), await removeEvents(NOW, 2), await removeEvents(NOW, 2)]
        expect(steps.reduce((sum, step) => sum + step)).toBe(1)
        expect(await kept()).toEqual(waiting)
        expect(await kept()).not.toContain(free)
        while ((await store.expiry.dropUndeliverable(NOW, MANY)) > 0);
        for (let step = 0; step < 6; step += 1) await removeEvents(NOW, 2)
        expect(await kept()).toEqual([])
      })

      it('goes by the time of acceptance, also where the clock was set back', async () => {
        const late = await accept(NOW + 10)
        await accept(NOW - 10)
        await fanOutAll(store)
        expect(await removeEvents(NOW, 1)).toBe(1)
        expect(await kept()).toEqual([late])
      })

      it('gives no place in the sequence twice', async () => {
        await accept()
        await fanOutAll(store)
        await removeEvents()
        await subscribe(store, 'a')
        await accept()
        await fanOutAll(store)
        expect(await deliveries(store)).toHaveLength(1)
      })
    })

    describe('forgetKeys', () => {
      it('forgets what is as old as that, in steps, and nothing younger', async () => {
        const old = [await accept(NOW - 2), await accept(NOW - 1), await accept(NOW)]
        const young = await accept(NOW + 1)
        await fanOutAll(store)
        await removeEvents()
        expect([await forgetKeys(NOW, 2), await forgetKeys(NOW, 2)]).toEqual([2, 1])
        for (const key of old) expect(await knows(key)).toBe(false)
        expect(await knows(young)).toBe(true)
      })

      it('forgets the key of a native event that became nothing', async () => {
        await store.inbox.accept({ source, name: 'login', key: 'k', now: NOW, events: [] })
        expect(await forgetKeys(NOW - 1)).toBe(0)
        expect(await forgetKeys()).toBe(1)
        expect(await knows('k')).toBe(false)
      })

      it('keeps a key for as long as its event is there, and comes past it', async () => {
        await subscribe(store, 'a')
        const waiting = [await accept(NOW - 3), await accept(NOW - 3), await accept(NOW - 3)]
        await fanOutAll(store)
        await unsubscribe(store, 'a')
        const free = await accept(NOW - 2)
        await fanOutAll(store)
        for (let step = 0; step < 4; step += 1) await removeEvents(NOW, 2)
        expect(await forgetKeys(NOW, 2)).toBe(0)
        for (let step = 0; step < 3; step += 1) await forgetKeys(NOW, 2)
        expect(await knows(free)).toBe(false)
        for (const key of waiting) expect(await knows(key)).toBe(true)
        while ((await store.expiry.dropUndeliverable(NOW, MANY)) > 0);
        // The round that is under way, and one more.
        for (const step of [removeEvents, removeEvents, forgetKeys, forgetKeys]) await step()
        for (const key of waiting) expect(await knows(key)).toBe(false)
      })

      it('takes an event in again once its key is forgotten', async () => {
        const jti = await accept()
        await fanOutAll(store)
        await removeEvents()
        await forgetKeys()
        const again = { source, name: 'login', key: jti, now: NOW, events: [signedEvent()] }
        expect(await store.inbox.accept(again)).toBe('accepted')
      })
    })

    it('leaves what is remembered of users', async () => {
      const memory = {
        changes: [{ user: 'u', was: undefined, becomes: { enabled: true } }],
        atMost: 10,
      }
      const native = { source, name: 'login', key: randomUUID(), now: NOW, events: [signedEvent()] }
      await store.inbox.accept({ ...native, memory })
      await fanOutAll(store)
      await removeEvents()
      await forgetKeys()
      expect((await store.inbox.recall(source.id, ['u'])).get('u')).toMatchObject({
        memory: { enabled: true },
      })
    })
  })
}
