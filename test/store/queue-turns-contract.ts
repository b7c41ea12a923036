import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Turn } from '../../src/core/delivery-ports.ts'
import type { Store } from '../../src/store/index.ts'
import {
  accept,
  callback,
  claimQueues,
  confirm,
  fanOutAll,
  NOW,
  type OpenStore,
  populate,
  publish,
  REFUSED,
  settle,
  subscribe,
  type Taken,
  takeAll,
  takeOnly,
  takeTurn,
  TOPIC,
} from './scene.ts'

const HOUR = 3_600_000
/** Before the lease is over. */
const LATER = NOW + 600_000

export function queueTurnsContract(open: OpenStore): void {
  describe('DeliveryQueues: a turn', () => {
    let store: Store

    beforeEach(async () => {
      store = await open()
      await populate(store)
    })
    afterEach(() => store.close())

    const claimOnly = async (now = NOW) => {
      const [queue, ...others] = (await claimQueues(store, { now })).claimed
      if (queue === undefined || others.length > 0) throw new Error('not exactly one queue')
      return queue
    }
    const jtis = (sendables: readonly { id: string }[]) =>
      Promise.all(sendables.map(async ({ id }) => (await store.registry.deliveries.get(id))?.jti))
    const acceptSome = async (n: number): Promise<string[]> => {
      const accepted: string[] = []
      while (accepted.length < n) accepted.push(await accept(store))
      await fanOutAll(store)
      return accepted
    }
    const again = (taken: Taken | readonly Taken[], dueAt: number, turn?: Partial<Turn>) =>
      settle(store, taken, { state: 'waiting', dueAt, rejections: 0 }, REFUSED, turn)

    describe('hands out', () => {
      it('everything that an attempt needs', async () => {
        const { id } = await confirm(store, { secretSealed: 'sealed' })
        const jti = await accept(store)
        await fanOutAll(store)
        const { deliveries, over } = await takeTurn(store, await claimOnly(), { take: 1 })
        expect(over).toBe(false)
        expect(deliveries).toEqual([
          {
            id: expect.any(String) as string,
            receiver: {
              subscription: id,
              topic: TOPIC,
              callback: callback('a'),
              host: new URL(callback('a')).hostname,
              secretSealed: 'sealed',
            },
            contentType: 'application/secevent+jwt',
            body: `body of ${jti}`,
            attempts: 0,
            waitingSince: NOW,
            spent: 0,
            rejections: 0,
          },
        ])
      })

      it('the secret of this moment, or none', async () => {
        await confirm(store, { secretSealed: 'old' })
        await publish(store, 3)
        const queue = await claimOnly()
        const underWay: string[] = []
        const secret = async () => {
          const [sendable] = (await takeTurn(store, queue, { take: 1, underWay })).deliveries
          if (sendable === undefined) throw new Error('nothing handed out')
          underWay.push(sendable.id)
          return sendable.receiver
        }
        expect(await secret()).toMatchObject({ secretSealed: 'old' })
        await confirm(store, { secretSealed: 'new' })
        expect(await secret()).toMatchObject({ secretSealed: 'new' })
        await confirm(store)
        expect(await secret()).not.toHaveProperty('secretSealed')
      })

      it('what was accepted first, and never what is under way still', async () => {
        await subscribe(store, 'a')
        const accepted = await acceptSome(5)
        const queue = await claimOnly()
        const { deliveries: first } = await takeTurn(store, queue, { take: 2 })
        const underWay = first.map(({ id }) => id)
        const { deliveries: second } = await takeTurn(store, queue, { take: 2, underWay })
        expect(await jtis([...first, ...second])).toEqual(accepted.slice(0, 4))
        underWay.push(...second.map(({ id }) => id))
        const { deliveries: third } = await takeTurn(store, queue, { take: 2, underWay })
        expect(await jtis(third)).toEqual(accepted.slice(4))
      })

      it('again what is not under way any more and was not settled: nobody knows what came of it', async () => {
        await subscribe(store, 'a')
        const [first] = await acceptSome(2)
        const queue = await claimOnly()
        const { deliveries } = await takeTurn(store, queue, { take: 1 })
        const next = await takeTurn(store, queue, { take: 1 })
        expect(await jtis([...deliveries, ...next.deliveries])).toEqual([first, first])
      })

      it('only what is its own', async () => {
        await subscribe(store, 'a', 'b')
        await publish(store, 2)
        for (const queue of (await claimQueues(store)).claimed) {
          const { deliveries } = await takeTurn(store, queue, { take: 9 })
          expect(deliveries.map(({ receiver }) => new URL(receiver.callback).origin)).toEqual([
            queue.origin,
            queue.origin,
          ])
        }
      })
    })

    describe('of what was tried before', () => {
      it('tells since when it could have gone out: when it fell due', async () => {
        await subscribe(store, 'a')
        await acceptSome(1)
        await again(await takeAll(store), NOW + 30)
        expect(await takeAll(store, { now: NOW + 50 })).toMatchObject([
          { sendable: { attempts: 1, waitingSince: NOW + 30 } },
        ])
      })

      it('hands out nothing before it is due, then in the order in which it fell due', async () => {
        await subscribe(store, 'a')
        const [first, second, third] = await acceptSome(3)
        const [a, b, c] = await takeAll(store)
        if (a === undefined || b === undefined || c === undefined) throw new Error('not three')
        await again(a, NOW + 30)
        await again(b, NOW + 10)
        await again(c, NOW + 20)
        expect((await takeAll(store, { now: NOW + 9 })).length).toBe(0)
        const queue = await claimOnly(NOW + 10)
        const early = await takeTurn(store, queue, { take: 9, now: NOW + 20 })
        expect(await jtis(early.deliveries)).toEqual([second, third])
        const underWay = early.deliveries.map(({ id }) => id)
        const late = await takeTurn(store, queue, { take: 9, now: NOW + 30, underWay })
        expect(await jtis(late.deliveries)).toEqual([first])
        expect(late.deliveries).toMatchObject([{ attempts: 1, spent: 1, rejections: 0 }])
      })

      it('puts what was not tried first, but for the share that is asked for', async () => {
        await subscribe(store, 'a')
        const old = await acceptSome(3)
        await again(await takeAll(store), NOW + 1)
        const fresh = await acceptSome(3)
        const queue = await claimOnly(NOW + 1)
        const of = async (turn: Partial<Turn>) =>
          jtis((await takeTurn(store, queue, { now: NOW + 1, ...turn })).deliveries)
        expect(await of({ take: 4 })).toEqual([...fresh, old[0]])
        expect(await of({ take: 3, takeRetries: 1 })).toEqual([old[0], fresh[0], fresh[1]])
        expect(await of({ take: 3, takeRetries: 3 })).toEqual(old)
        expect(await of({ take: 9, takeRetries: 1 })).toEqual([old[0], ...fresh, old[1], old[2]])
      })

      it('fills the share of retries with others while none is due', async () => {
        await subscribe(store, 'a')
        const accepted = await acceptSome(3)
        const queue = await claimOnly()
        const { deliveries } = await takeTurn(store, queue, { take: 2, takeRetries: 2 })
        expect(await jtis(deliveries)).toEqual(accepted.slice(0, 2))
      })
    })

    describe('ends the claim', () => {
      it('with nothing under way and nothing to send, until the next retry is due', async () => {
        await subscribe(store, 'a')
        await publish(store, 2)
        const [first, second] = await takeAll(store)
        if (first === undefined || second === undefined) throw new Error('not two')
        const settled = (taken: Taken, dueAt: number) => ({
          id: taken.sendable.id,
          settlement: { state: 'waiting', dueAt, rejections: 0 } as const,
          receipt: REFUSED,
        })
        const underWay = [second.sendable.id]
        const one = { settled: [settled(first, NOW + 900)], underWay, take: 1 }
        expect(await takeTurn(store, first.queue, one)).toEqual({ deliveries: [], over: false })
        const other = { settled: [settled(second, NOW + 300)], take: 1 }
        expect(await takeTurn(store, first.queue, other)).toEqual({ deliveries: [], over: true })
        expect(await claimQueues(store, { now: NOW + 299 })).toEqual({ claimed: [], nextDue: NOW + 300 })
        expect(await takeAll(store, { now: NOW + 300 })).toHaveLength(1)
      })

      it('of a queue that has more, when none is to be handed out: it may be claimed at once', async () => {
        await subscribe(store, 'a')
        await publish(store, 1)
        const queue = await claimOnly()
        expect(await takeTurn(store, queue, { now: NOW + 5 })).toEqual({ deliveries: [], over: true })
        expect(await claimQueues(store, { now: NOW + 4 })).toEqual({ claimed: [], nextDue: NOW + 5 })
        expect(await takeAll(store, { now: NOW + 5 })).toHaveLength(1)
      })

      it('and an event that is accepted while a retry waits for hours makes it ready at once', async () => {
        await subscribe(store, 'a')
        await publish(store, 1)
        await again(await takeOnly(store), NOW + 8 * HOUR)
        expect(await claimQueues(store, { now: LATER })).toMatchObject({ claimed: [] })
        const jti = await accept(store)
        await fanOutAll(store, LATER)
        const { sendable } = await takeOnly(store, LATER)
        expect(await jtis([sendable])).toEqual([jti])
      })

      it('not while something is under way, and renews it, for three quarters of what is asked at least', async () => {
        await subscribe(store, 'a')
        await publish(store, 1)
        const { queue, sendable } = await takeOnly(store)
        for (let at = NOW + 1_000; at < NOW + 20_000; at += 1_000) {
          await takeTurn(store, queue, { underWay: [sendable.id], now: at })
          await store.expiry.freeClaims(at + 7_499)
          expect(await claimQueues(store, { now: at })).toEqual({ claimed: [] })
        }
      })

      it('not while something is under way, and is free once it was not renewed for long enough', async () => {
        await subscribe(store, 'a')
        await publish(store, 1)
        const { queue, sendable } = await takeOnly(store)
        const underWay = [sendable.id]
        const turn = { underWay, now: NOW + 8_000 }
        expect(await takeTurn(store, queue, turn)).toEqual({ deliveries: [], over: false })
        await store.expiry.freeClaims(NOW + 17_999)
        expect(await takeAll(store, { now: NOW + 17_999 })).toEqual([])
        await store.expiry.freeClaims(NOW + 18_000)
        expect(await takeAll(store, { now: NOW + 18_000 })).toHaveLength(1)
      })
    })

    describe('of a receiver that has failed', () => {
      const failing = async (failingSince: number | null, dueAt: number, tried = 2) => {
        await subscribe(store, 'a')
        await publish(store, tried)
        const taken = await takeAll(store)
        const [first] = taken
        if (first === undefined) throw new Error('nothing taken')
        await again(taken, dueAt, { state: { ...first.queue.state, failingSince } })
        await publish(store, 1)
        const queue = await claimOnly(NOW + 1)
        expect(queue.state.failingSince).toBe(failingSince)
        return queue
      }
      const takeWith = async (failingSince: number | null, wasSince: number | null = NOW) => {
        const queue = await failing(wasSince, NOW + 8 * HOUR)
        const turn = { take: 9, now: NOW + 1, state: { ...queue.state, failingSince } }
        return (await takeTurn(store, queue, turn)).deliveries.map(({ attempts }) => attempts)
      }

      it('and is back, hands out what was to be tried hours later', async () => {
        expect(await takeWith(null)).toEqual([0, 1, 1])
      })

      it('and is back, leaves what is more than a thousand its time', async () => {
        const queue = await failing(NOW, NOW + 8 * HOUR, 1_100)
        const turn = { take: 1_200, now: NOW + 1, state: { ...queue.state, failingSince: null } }
        expect((await takeTurn(store, queue, turn)).deliveries).toHaveLength(1_001)
      })

      it('and is not back, lets it wait', async () => {
        expect(await takeWith(NOW)).toEqual([0])
      })

      it('but never was given up, lets it wait too', async () => {
        expect(await takeWith(null, null)).toEqual([0])
      })

      it('shows it as failing until it is back', async () => {
        const queue = await failing(NOW, NOW + HOUR)
        const state = async () => (await store.registry.subscriptions.list({ limit: 1 })).items[0]?.state
        expect(await state()).toBe('failing')
        await takeTurn(store, queue, { state: { ...queue.state, failingSince: null } })
        expect(await state()).toBe('active')
      })
    })
  })
}
