import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Store } from '../../src/store/index.ts'
import {
  accept,
  callback,
  claimIntents,
  confirm,
  deliveries,
  fanOutAll,
  intentRequest,
  NOW,
  type OpenStore,
  populate,
  settle,
  subscribe,
  subscription,
  sweep,
  takeAll,
  TOPIC,
} from './scene.ts'
import { ROLE, USER, webhook, line, webhookMoves } from './webhook-scene.ts'

export function webhookLifeContract(open: OpenStore): void {
  describe('Registry.webhooks in use', () => {
    let store: Store
    let moves: ReturnType<typeof webhookMoves>

    beforeEach(async () => {
      store = await open()
      await populate(store)
      moves = webhookMoves(store)
    })
    afterEach(() => store.close())

    const make = (...given: Parameters<typeof moves.make>) => moves.make(...given)
    const change = (...given: Parameters<typeof moves.change>) => moves.change(...given)
    const confirmAll = (now?: number) => moves.confirmAll(now)
    const states = () => moves.states()

    describe('pausing', () => {
      const published = async () => {
        await accept(store, [USER, ROLE])
        await fanOutAll(store)
      }

      it('holds back what is made and what waits, until it is over', async () => {
        await make(webhook(), USER, ROLE)
        await confirmAll()
        await published()
        await change({ paused: true }, undefined, true)
        await published()
        expect(await states()).toEqual([line('a', USER, 'paused'), line('a', ROLE, 'paused')])
        expect(await takeAll(store)).toEqual([])
        await sweep(store)
        expect((await deliveries(store)).map(({ state }) => state)).toEqual(Array(4).fill('waiting'))
        await change({ paused: false }, undefined, true)
        expect(await takeAll(store)).toHaveLength(4)
      })

      it('counts what comes later in, an ended subscription included', async () => {
        await make()
        await confirmAll()
        await change({ topics: [] }, [])
        await change({ paused: true }, undefined, true)
        await change({ topics: ['user', 'role'] }, [USER, ROLE])
        await confirmAll()
        expect(await states()).toEqual([line('a', USER, 'paused'), line('a', ROLE, 'paused')])
        await published()
        expect(await takeAll(store)).toEqual([])
      })

      it('one subscription leaves the others alone, and what is under way goes on', async () => {
        await subscribe(store, 'a', 'b')
        await accept(store)
        await fanOutAll(store)
        const [first] = await takeAll(store, { limit: 1 })
        const { id } = await subscription(store, callback('a'))
        expect(await store.registry.subscriptions.pause(id, true, NOW)).toBe('done')
        expect(await subscription(store, callback('a'))).toMatchObject({ state: 'paused' })
        if (first === undefined) throw new Error('none')
        expect(first.sendable.receiver).toMatchObject({ callback: callback('a') })
        expect(await takeAll(store)).toHaveLength(1)
        await settle(store, first, { state: 'delivered' })
        expect(await deliveries(store)).toMatchObject([
          { to: callback('a'), state: 'delivered' },
          { to: callback('b'), state: 'waiting' },
        ])
        // A renewal is no new life.
        await confirm(store)
        expect(await subscription(store, callback('a'))).toMatchObject({ state: 'paused' })
        expect(await store.registry.subscriptions.pause(id, false, NOW)).toBe('done')
        expect(await subscription(store, callback('a'))).toMatchObject({ state: 'active' })
      })

      it('is for what is active, and ends with it', async () => {
        const { id } = await confirm(store)
        await store.registry.subscriptions.pause(id, true, NOW)
        await confirm(store, { mode: 'unsubscribe' })
        expect(await store.registry.subscriptions.pause(id, false, NOW)).toBe('inactive')
        await store.intentInbox.request(intentRequest(), { inAll: 10 })
        expect(await store.registry.subscriptions.pause(id, true, NOW)).toBe('inactive')
        expect(await store.registry.subscriptions.pause(randomUUID(), true, NOW)).toBe('unknown')
        await confirm(store)
        expect(await subscription(store, callback('a'))).toMatchObject({ id, state: 'active' })
      })
    })

    describe('remove', () => {
      it('ends the subscriptions, asked for or active, tells their callbacks and drops what waits', async () => {
        await make()
        await confirmAll()
        await change({ topics: ['user', 'role'] }, [USER, ROLE])
        await accept(store, [USER])
        await fanOutAll(store)
        expect(await store.registry.webhooks.remove('w1', NOW)).toBe(true)
        expect(await store.registry.webhooks.remove('w1', NOW)).toBe(false)
        expect(await store.registry.webhooks.get('w1')).toBeUndefined()
        for (const topic of [USER, ROLE]) {
          expect(await subscription(store, callback('a'), topic)).toMatchObject({
            state: 'ended',
            ended_why: 'its webhook was deleted',
          })
        }
        expect(await takeAll(store)).toEqual([])
        await sweep(store)
        expect(await deliveries(store)).toMatchObject([{ state: 'dropped' }])
        expect(await claimIntents(store)).toMatchObject([
          { mode: 'denied', topic: USER, reason: 'the webhook was deleted' },
          { mode: 'denied', topic: ROLE },
        ])
      })

      it('leaves to others what they asked for', async () => {
        await make()
        await store.intentInbox.request(intentRequest({ topic: USER }), { inAll: 10 })
        await store.registry.webhooks.remove('w1', NOW)
        expect(await claimIntents(store)).toMatchObject([{ mode: 'subscribe', topic: USER }])
        expect(await subscription(store, callback('a'), USER)).toMatchObject({ state: 'pending' })
      })

      it('comes with its tenant', async () => {
        await make()
        await store.registry.tenants.remove('acme', NOW)
        expect(await store.registry.webhooks.get('w1')).toBeUndefined()
      })
    })

    it('their deliveries know the format and the headers', async () => {
      await make()
      await confirmAll()
      await subscribe(store, 'b')
      await accept(store, [USER, TOPIC])
      await fanOutAll(store)
      const webhooks = async () => (await takeAll(store)).map(({ sendable }) => sendable.receiver.webhook)
      expect(await webhooks()).toEqual([
        { id: 'w1', format: 'jwt', headersSealed: 'sealed headers' },
        undefined,
      ])
      await change({ format: 'json', headers_sealed: null })
      await store.expiry.freeClaims(NOW + 20_000)
      expect(await webhooks()).toEqual([{ id: 'w1', format: 'json' }, undefined])
    })
  })
}
