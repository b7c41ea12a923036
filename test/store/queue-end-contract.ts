import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { NEW_QUEUE } from '../../src/core/queue-state.ts'
import type { Store } from '../../src/store/index.ts'
import {
  callback,
  claimQueues,
  confirm,
  deliveries,
  LEASE_END,
  NOW,
  type OpenStore,
  populate,
  publish,
  REFUSED,
  settle,
  subscribe,
  subscription,
  sweep,
  takeAll,
  takeOnly,
  takeTurn,
  unsubscribe,
} from './scene.ts'

export function queueEndContract(open: OpenStore): void {
  describe('DeliveryQueues: a subscription that', () => {
    let store: Store

    beforeEach(async () => {
      store = await open()
      await populate(store)
    })
    afterEach(() => store.close())

    const states = async () => (await deliveries(store)).map(({ state }) => state)
    const gone = { state: 'dead', endSubscription: 'gone' } as const
    const again = { state: 'waiting', dueAt: NOW + 500, rejections: 0 } as const
    const pause = async (paused: boolean) => {
      const { id } = await subscription(store, callback('a'))
      await store.registry.subscriptions.pause(id, paused, NOW)
    }
    const ends = [
      ['unsubscribed', () => unsubscribe(store, 'a')],
      ['lost its subscriber', () => store.registry.subscribers.remove('siem', NOW)],
      ['was paused', () => pause(true)],
    ] as const

    describe.each(ends)('%s', (_, end) => {
      beforeEach(async () => {
        await subscribe(store, 'a')
        await publish(store, 2)
      })

      it('gets nothing of what waits', async () => {
        await end()
        expect(await takeAll(store)).toEqual([])
        expect(await claimQueues(store, { now: NOW + 1e6 })).toEqual({ claimed: [] })
      })

      it('gets nothing more under a claim that is held, which ends with what is under way', async () => {
        const [taken] = await takeAll(store, { take: 1 })
        if (taken === undefined) throw new Error('nothing taken')
        await end()
        const underWay = [taken.sendable.id]
        const idle = { deliveries: [], over: false }
        expect(await takeTurn(store, taken.queue, { take: 1, underWay })).toEqual(idle)
        expect(await takeTurn(store, taken.queue, { take: 1 })).toEqual({ deliveries: [], over: true })
        expect(await claimQueues(store, { now: NOW + 1e6 })).toEqual({ claimed: [] })
      })
    })

    it('begins anew waits for no probe of its last life', async () => {
      await subscribe(store, 'a')
      await publish(store, 1)
      const taken = await takeOnly(store)
      const state = { ...taken.queue.state, failures: 9, failingSince: NOW, gateAt: NOW + 3_600_000 }
      await settle(store, taken, again, undefined, { state })
      expect(await subscription(store, callback('a'))).toMatchObject({ state: 'failing' })
      await unsubscribe(store, 'a')
      await subscribe(store, 'a')
      expect(await subscription(store, callback('a'))).toMatchObject({ state: 'active' })
      await publish(store, 1)
      expect(await takeAll(store)).toHaveLength(1)
    })

    it('has come to the end of its lease gets nothing more, before anything has swept it', async () => {
      await confirm(store, { callback: callback('short'), leaseSeconds: 10 })
      await subscribe(store, 'a')
      await publish(store, 2)
      const now = NOW + 10_000
      const taken = await takeAll(store, { now })
      expect(taken.map(({ sendable }) => sendable.receiver.callback)).toEqual([callback('a'), callback('a')])
    })

    it('comes to the end of its lease under a claim that is held gets nothing more', async () => {
      await subscribe(store, 'a')
      await publish(store, 3)
      const [{ queue } = { queue: undefined }] = await takeAll(store, { take: 1 })
      if (queue === undefined) throw new Error('nothing taken')
      const { deliveries: last } = await takeTurn(store, queue, { take: 1, now: LEASE_END - 1 })
      expect(last).toHaveLength(1)
      const late = await takeTurn(store, queue, { take: 1, now: LEASE_END })
      expect(late).toEqual({ deliveries: [], over: true })
    })

    it('has begun anew gets nothing of its former life', async () => {
      await subscribe(store, 'a')
      await publish(store, 1)
      await unsubscribe(store, 'a')
      await subscribe(store, 'a')
      expect(await takeAll(store)).toEqual([])
      await publish(store, 1)
      await sweep(store)
      expect(await takeAll(store)).toHaveLength(1)
      expect(await states()).toEqual(['dropped', 'waiting'])
    })

    describe('has begun anew', () => {
      const state = { ...NEW_QUEUE, failures: 9, failingSince: NOW, gateAt: NOW + 86_400_000 }
      const beginAnew = async () => {
        await unsubscribe(store, 'a')
        await subscribe(store, 'a')
      }
      const expectFresh = async () => {
        expect(await subscription(store, callback('a'))).toMatchObject({ state: 'active' })
        await publish(store, 1)
        const [taken, ...others] = await takeAll(store)
        expect(taken?.queue.state).toEqual(NEW_QUEUE)
        expect(others).toEqual([])
      }
      beforeEach(async () => {
        await subscribe(store, 'a')
        await publish(store, 1)
      })

      it('does not wait for what its receiver wished, or how it failed, in its former life', async () => {
        await settle(store, await takeOnly(store), again, REFUSED, { state })
        await beginAnew()
        await expectFresh()
      })

      it('does not do so either where an attempt of that life outlasts it', async () => {
        const taken = await takeOnly(store)
        await beginAnew()
        const { queue, sendable } = taken
        const during = { state, take: 1, underWay: [sendable.id] }
        expect(await takeTurn(store, queue, during)).toEqual({ deliveries: [], over: false })
        await settle(store, taken, again, REFUSED, { state })
        await expectFresh()
      })

      it('by a renewal in time waits on: it is the same life', async () => {
        await settle(store, await takeOnly(store), again, REFUSED, { state })
        await subscribe(store, 'a')
        await publish(store, 1)
        expect(await takeAll(store)).toEqual([])
      })
    })

    it('is paused has its deliveries wait, and gets them once it is resumed', async () => {
      await subscribe(store, 'a')
      await publish(store, 1)
      const taken = await takeOnly(store)
      await settle(store, taken, again)
      await pause(true)
      await publish(store, 1)
      expect(await takeAll(store, { now: NOW + 500 })).toEqual([])
      await sweep(store)
      expect(await states()).toEqual(['waiting', 'waiting'])
      await pause(false)
      expect(await takeAll(store, { now: NOW + 500 })).toHaveLength(2)
    })

    it('is resumed gets at once what came while it was paused, however late what is to be tried again is due', async () => {
      await subscribe(store, 'a')
      await publish(store, 1)
      await settle(store, await takeOnly(store), { ...again, dueAt: NOW + 3_600_000 })
      await pause(true)
      await publish(store, 1)
      await pause(false)
      expect(await takeAll(store)).toHaveLength(1)
    })

    it('is resumed while its queue is held goes on under that claim', async () => {
      await subscribe(store, 'a')
      await publish(store, 2)
      const [taken] = await takeAll(store, { take: 1 })
      if (taken === undefined) throw new Error('nothing taken')
      const underWay = [taken.sendable.id]
      await pause(true)
      expect((await takeTurn(store, taken.queue, { take: 1, underWay })).deliveries).toEqual([])
      await pause(false)
      expect((await takeTurn(store, taken.queue, { take: 1, underWay })).deliveries).toHaveLength(1)
    })

    it('says that it is gone ends, and what waits for it is never sent', async () => {
      await subscribe(store, 'a')
      await publish(store, 3)
      const [taken] = await takeAll(store, { take: 1 })
      if (taken === undefined) throw new Error('nothing taken')
      await settle(store, taken, gone)
      expect(await subscription(store, callback('a'))).toMatchObject({ state: 'ended', ended_why: 'gone' })
      expect(await takeAll(store)).toEqual([])
      await sweep(store)
      expect(await states()).toEqual(['dead', 'dropped', 'dropped'])
    })

    it('says that it is gone gets nothing in that very turn', async () => {
      await subscribe(store, 'a')
      await publish(store, 2)
      const [taken] = await takeAll(store, { take: 1 })
      if (taken === undefined) throw new Error('nothing taken')
      const receipt = { at: NOW, ms: 1, status: 410, outcome: 'refused' }
      const settled = [{ id: taken.sendable.id, settlement: gone, receipt }]
      expect(await takeTurn(store, taken.queue, { settled, take: 1 })).toEqual({ deliveries: [], over: true })
    })

    it('has begun anew since, or ended otherwise, is not ended by the word that it is gone', async () => {
      await subscribe(store, 'a')
      await publish(store, 1)
      const taken = await takeOnly(store)
      await unsubscribe(store, 'a')
      await subscribe(store, 'a')
      await settle(store, taken, gone)
      expect(await subscription(store, callback('a'))).toMatchObject({ state: 'active', ended_why: null })
      await publish(store, 1)
      const later = await takeOnly(store)
      await unsubscribe(store, 'a')
      await settle(store, later, gone)
      expect(await subscription(store, callback('a'))).toMatchObject({ ended_why: 'unsubscribed' })
      expect(await states()).toEqual(['dead', 'dead'])
    })

    it('ended during an attempt gets no other', async () => {
      await subscribe(store, 'a')
      await publish(store, 1)
      const taken = await takeOnly(store)
      await unsubscribe(store, 'a')
      await store.expiry.dropUndeliverable(NOW, 100)
      const { queue, sendable } = taken
      const settled = [{ id: sendable.id, settlement: again, receipt: REFUSED }]
      expect(await takeTurn(store, queue, { settled })).toEqual({ deliveries: [], over: true, dropped: 1 })
      expect(await store.registry.deliveries.get(sendable.id)).toMatchObject({
        state: 'dropped',
        attempts: 1,
        receipts: [{ status: 500 }],
      })
    })

    it('ended and began anew during an attempt gets no other of it', async () => {
      await subscribe(store, 'a')
      await publish(store, 1)
      const taken = await takeOnly(store)
      await unsubscribe(store, 'a')
      await subscribe(store, 'a')
      await settle(store, taken, again)
      expect(await states()).toEqual(['dropped'])
      expect(await takeAll(store, { now: NOW + 500 })).toEqual([])
    })
  })
}
