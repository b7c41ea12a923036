import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Receipt, Settlement } from '../../src/core/delivery-ports.ts'
import type { Store } from '../../src/store/index.ts'
import {
  callback,
  claimQueues,
  DELIVERED,
  deliveries,
  NOW,
  type OpenStore,
  populate,
  publish,
  REFUSED,
  settle,
  subscribe,
  subscription,
  type Taken,
  takeAll,
  takeOnly,
  takeTurn,
  unsubscribe,
} from './scene.ts'

export function deliverySettlingContract(open: OpenStore): void {
  describe('DeliveryQueues: what came of an attempt', () => {
    let store: Store

    beforeEach(async () => {
      store = await open()
      await populate(store)
      await subscribe(store, 'a')
      await publish(store, 1)
    })
    afterEach(() => store.close())

    const get = async ({ sendable: { id } }: Taken) => {
      const delivery = await store.registry.deliveries.get(id)
      if (delivery === undefined) throw new Error(`no delivery ${id}`)
      return delivery
    }
    const states = async () => (await deliveries(store)).map(({ state }) => state)
    const again = (dueAt: number, rejections = 0): Settlement => ({ state: 'waiting', dueAt, rejections })
    const of = ({ sendable: { id } }: Taken, settlement: Settlement, receipt: Receipt = REFUSED) => ({
      settled: [{ id, settlement, receipt }],
    })

    it('is kept with its receipt, and the delivery is done with', async () => {
      const taken = await takeOnly(store)
      await settle(store, taken, { state: 'delivered' })
      expect(await get(taken)).toMatchObject({
        state: 'delivered',
        attempts: 1,
        due_at: null,
        settled_at: NOW + 25,
        receipts: [{ attempt: 1, sent_at: NOW + 5, ms: 20, status: 204, outcome: 'delivered', said: null }],
      })
      expect(await takeAll(store, { now: NOW + 1_000 })).toEqual([])
    })

    it.each<[string, Settlement]>([
      ['the last of the schedule', { state: 'dead' }],
      ['one of many', again(NOW + 3_600_000, 1)],
    ])('is another attempt at once where one was asked for meanwhile: %s', async (_, settlement) => {
      const taken = await takeOnly(store)
      expect(await store.registry.deliveries.retry(taken.sendable.id, NOW + 10)).toBe('queued')
      await settle(store, taken, settlement)
      expect(await get(taken)).toMatchObject({ state: 'waiting', attempts: 1, due_at: NOW + 25 })
      const next = await takeOnly(store, NOW + 25)
      expect(next.sendable).toMatchObject({ attempts: 1, spent: 1, rejections: 0 })
      // It was asked for before this one began.
      await settle(store, next, { state: 'dead' }, { ...REFUSED, at: NOW + 25 })
      expect(await states()).toEqual(['dead'])
    })

    it('may be another attempt, with every receipt kept', async () => {
      const first = await takeOnly(store)
      await settle(store, first, again(NOW + 500))
      expect(await get(first)).toMatchObject({
        ...{ state: 'waiting', attempts: 1, due_at: NOW + 500, settled_at: null },
      })
      expect(await takeAll(store, { now: NOW + 499 })).toEqual([])
      const second = await takeOnly(store, NOW + 500)
      expect(second.queue.claim).not.toBe(first.queue.claim)
      expect(second.sendable).toMatchObject({ id: first.sendable.id, attempts: 1, spent: 1 })
      await settle(store, second, { state: 'dead' }, { at: NOW, ms: 20, outcome: 'timeout' })
      expect(await get(first)).toMatchObject({
        state: 'dead',
        attempts: 2,
        receipts: [
          { attempt: 1, status: 500, outcome: 'refused' },
          { attempt: 2, status: null, outcome: 'timeout' },
        ],
      })
    })

    it('keeps what the receiver said, whatever it is', async () => {
      const said = 'no "thanks", \\ it’s 100 % {broken}, [1,2]; — '.repeat(20)
      const taken = await takeOnly(store)
      await settle(store, taken, again(NOW), { ...REFUSED, said })
      const retaken = await takeOnly(store)
      await settle(store, retaken, { state: 'dead' }, { ...REFUSED, status: 400, said: 'x' })
      expect((await get(taken)).receipts).toMatchObject([{ said }, { status: 400, said: 'x' }])
    })

    it('counts how often the receiver rejected it', async () => {
      await settle(store, await takeOnly(store), again(NOW, 1))
      const second = await takeOnly(store)
      expect(second.sendable).toMatchObject({ attempts: 1, spent: 1, rejections: 1 })
      await settle(store, second, again(NOW, 1))
      expect((await takeOnly(store)).sendable).toMatchObject({ attempts: 2, spent: 2, rejections: 1 })
    })

    it('is each delivery’s own, of as many as one turn tells of', async () => {
      await publish(store, 2)
      const [first, second, third] = await takeAll(store)
      if (first === undefined || second === undefined || third === undefined) throw new Error('not three')
      await takeTurn(store, first.queue, {
        settled: [
          ...of(first, { state: 'delivered' }, DELIVERED).settled,
          ...of(second, again(NOW + 500)).settled,
          ...of(third, { state: 'dead' }).settled,
        ],
      })
      expect(await states()).toEqual(['delivered', 'waiting', 'dead'])
    })

    it('is shown by the subscription: when it last went well, and what last went wrong', async () => {
      const shown = () => subscription(store, callback('a'))
      const nothing = { last_success_at: null, last_failure_at: null, last_failure: null }
      expect(await shown()).toMatchObject(nothing)
      await settle(store, await takeOnly(store), again(NOW))
      const failure = { last_failure_at: NOW + 5, last_failure: 'refused (500)' }
      expect(await shown()).toMatchObject({ ...nothing, ...failure })
      const timeout = { at: NOW + 50, ms: 1, outcome: 'timeout' }
      await settle(store, await takeOnly(store), again(NOW), timeout)
      const another = { last_failure_at: NOW + 50, last_failure: 'timeout' }
      expect(await shown()).toMatchObject({ ...nothing, ...another })
      await settle(store, await takeOnly(store), { state: 'delivered' }, { ...DELIVERED, at: NOW + 90 })
      expect(await shown()).toMatchObject({ last_success_at: NOW + 90, ...another })
    })

    it('counts once, also when it is told twice', async () => {
      const taken = await takeOnly(store)
      await settle(store, taken, { state: 'delivered' })
      await settle(store, taken, { state: 'delivered' })
      expect((await get(taken)).receipts).toHaveLength(1)
      await settle(store, taken, again(NOW))
      expect(await get(taken)).toMatchObject({ state: 'delivered', attempts: 1 })
    })

    it('is kept when the claim has lapsed, which is told; the claim hands out nothing more', async () => {
      await publish(store, 2)
      const [first, second] = await takeAll(store, { take: 2 })
      if (first === undefined || second === undefined) throw new Error('not two')
      await store.expiry.freeClaims(NOW + 10_000)
      const late = { ...of(first, { state: 'delivered' }, DELIVERED), underWay: [second.sendable.id] }
      expect(await takeTurn(store, first.queue, { ...late, take: 1 })).toEqual({ deliveries: [], over: true })
      expect(await get(first)).toMatchObject({ state: 'delivered', attempts: 1 })

      const [present, ...rest] = await takeAll(store)
      if (present === undefined) throw new Error('nothing taken')
      expect(present.sendable.id).toBe(second.sendable.id)
      expect(rest).toHaveLength(1)
      const later = { ...of(second, again(NOW + 500)), take: 1 }
      expect(await takeTurn(store, second.queue, later)).toEqual({ deliveries: [], over: true })
      expect(await get(second)).toMatchObject({ state: 'waiting', attempts: 1, due_at: NOW + 500 })
      // Whoever has the queue now has it still, and its own attempt is kept, too.
      expect((await claimQueues(store)).claimed).toEqual([])
      await settle(store, present, { state: 'delivered' })
      expect(await get(second)).toMatchObject({ state: 'delivered', attempts: 2 })
    })

    it('is told when it went well, though the delivery was dropped while its claim had lapsed', async () => {
      const taken = await takeOnly(store)
      await store.expiry.freeClaims(NOW + 10_000)
      await unsubscribe(store, 'a')
      await store.expiry.dropUndeliverable(NOW, 10)
      expect(await get(taken)).toMatchObject({ state: 'dropped', attempts: 0 })
      await settle(store, taken, { state: 'delivered' })
      await settle(store, taken, { state: 'delivered' })
      expect(await get(taken)).toMatchObject({ state: 'delivered', attempts: 1, receipts: [{ status: 204 }] })
    })

    it('of a lapsed claim leaves how the receiver does to whoever holds the queue now', async () => {
      const stale = await takeOnly(store)
      await store.expiry.freeClaims(NOW + 10_000)
      const present = await takeOnly(store)
      const state = { ...stale.queue.state, window: 1, gateAt: NOW + 1e9 }
      await settle(store, stale, again(NOW + 500), REFUSED, { state })
      await settle(store, present, again(NOW + 500), REFUSED, { state: { ...state, gateAt: 0 } })
      expect((await claimQueues(store, { now: NOW + 500 })).claimed).toMatchObject([{ state: { gateAt: 0 } }])
    })

    it('passes silently over a delivery that was deleted meanwhile', async () => {
      const taken = await takeOnly(store)
      const { id } = await subscription(store, callback('a'))
      await store.registry.subscriptions.remove(id, NOW)
      const turn = { ...of(taken, { state: 'delivered' }, DELIVERED), take: 1 }
      expect(await takeTurn(store, taken.queue, turn)).toEqual({ deliveries: [], over: true })
      expect(await store.registry.deliveries.get(taken.sendable.id)).toBeUndefined()
    })
  })
}
