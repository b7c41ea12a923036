import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Store } from '../../src/store/index.ts'
import {
  accept,
  callback,
  claimIntents,
  confirm,
  fanOutAll,
  intentRequest,
  NOW,
  type OpenStore,
  populate,
  settle,
  subscription,
  takeAll,
  TOPIC,
} from './scene.ts'
import { DUE, ROLE, USER, webhook, line, webhookMoves } from './webhook-scene.ts'

export function webhookContract(open: OpenStore): void {
  describe('Registry.webhooks', () => {
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

    it('are kept and listed without what is sealed, each with its subscriptions', async () => {
      expect(await make(webhook(), USER, ROLE)).toEqual({ asked: [USER, ROLE] })
      const { headers_sealed, secret_sealed, ...shown } = webhook()
      const record = { ...shown, last_success_at: null, last_failure_at: null, last_failure: null }
      const found = await store.registry.webhooks.get('w1')
      expect(found).toEqual({ ...record, subscriptions: [expect.anything(), expect.anything()] })
      expect(await states()).toEqual([line('a', USER, 'pending'), line('a', ROLE, 'pending')])
      expect(found?.subscriptions[0]).toMatchObject({
        webhook: 'w1',
        subscriber: null,
        callback: callback('a'),
      })
      expect(await store.registry.webhooks.list({ limit: 10 })).toEqual({ items: [record], next: null })
      expect(await store.registry.webhooks.list({ limit: 10, tenant: 'zoo' })).toEqual({
        items: [],
        next: null,
      })
      expect(JSON.stringify([found, headers_sealed, secret_sealed])).toContain(String(headers_sealed))
      expect(JSON.stringify(found)).not.toMatch(/sealed headers|"one"/)
      expect(await store.registry.webhooks.get('w2')).toBeUndefined()
    })

    it('are listed in pages', async () => {
      for (const id of ['w1', 'w2', 'w3']) await make(webhook({ id, url: callback(id) }))
      const { items, next } = await store.registry.webhooks.list({ limit: 2 })
      expect(items.map(({ id }) => id)).toEqual(['w1', 'w2'])
      const rest = await store.registry.webhooks.list({ limit: 2, after: next ?? '' })
      expect(rest).toMatchObject({ items: [{ id: 'w3' }], next: null })
    })

    it('are not made in a tenant that is not there', async () => {
      expect(await make(webhook({ tenant: 'zoo' }))).toBe('no-tenant')
      expect(await store.registry.webhooks.get('w1')).toBeUndefined()
    })

    it('are made as a whole or not at all: what is another’s stops everything', async () => {
      await confirm(store, { topic: ROLE })
      expect(await make(webhook(), USER, ROLE)).toBe('taken')
      expect(await store.registry.webhooks.get('w1')).toBeUndefined()
      expect(await claimIntents(store)).toEqual([])
      await expect(subscription(store, callback('a'), USER)).rejects.toThrow()
    })

    it('do not get what another webhook waits for', async () => {
      await make()
      expect(await make(webhook({ id: 'w2' }))).toBe('taken')
      expect(await store.registry.webhooks.get('w2')).toBeUndefined()
      expect(await claimIntents(store)).toHaveLength(1)
    })

    it('may have what somebody else only asked for, or had', async () => {
      await confirm(store, { topic: ROLE })
      await confirm(store, { topic: ROLE, mode: 'unsubscribe' })
      await store.intentInbox.request(intentRequest({ topic: USER }), { inAll: 10 })
      expect(await make(webhook(), USER, ROLE)).toEqual({ asked: [USER, ROLE] })
      const intents = await claimIntents(store)
      expect(intents).toHaveLength(3)
      for (const intent of intents.reverse())
        await store.intents.settle(intent, { outcome: 'confirmed', now: NOW })
      expect(await subscription(store, callback('a'), USER)).toMatchObject({ webhook: 'w1', state: 'active' })
      expect(await states()).toEqual([line('a', ROLE, 'active'), line('a', USER, 'active')])
    })

    it('have leases that the hub renews, with their secret', async () => {
      await make()
      await confirmAll()
      expect(await subscription(store, callback('a'), USER)).toMatchObject({
        renewed_by_hub: true,
        signed: true,
      })
      expect(await store.renewals.renew(DUE, 10, 10)).toBe(1)
    })

    it('show the newest of what their subscriptions came to', async () => {
      await make(webhook(), USER, ROLE)
      await confirmAll()
      await accept(store, [USER, ROLE])
      await fanOutAll(store)
      const [first, second] = await takeAll(store)
      if (first === undefined || second === undefined) throw new Error('not two')
      const at = NOW + 5
      const again = { state: 'waiting', dueAt: at, rejections: 0 } as const
      await settle(store, first, again, { at, ms: 1, status: 500, outcome: 'refused' })
      await settle(store, second, again, { at: at + 1, ms: 1, outcome: 'timeout' })
      const shown = { last_success_at: null, last_failure_at: at + 1, last_failure: 'timeout' }
      expect(await store.registry.webhooks.get('w1')).toMatchObject(shown)
      const [third] = await takeAll(store, { now: at + 2, limit: 1 })
      if (third === undefined) throw new Error('none')
      await settle(store, third, { state: 'delivered' }, { at: at + 9, ms: 1, outcome: 'delivered' })
      const { items } = await store.registry.webhooks.list({ limit: 10 })
      expect(items).toMatchObject([{ ...shown, last_success_at: at + 9 }])
    })

    describe('change', () => {
      beforeEach(async () => {
        await make(webhook(), USER, ROLE)
        await confirmAll()
      })

      it('of what needs no word from the callback asks for nothing', async () => {
        expect(await change({ name: 'ERP', format: 'json', header_names: [], headers_sealed: null })).toEqual(
          {
            asked: 0,
          },
        )
        expect(await store.registry.webhooks.get('w1')).toMatchObject({
          name: 'ERP',
          format: 'json',
          header_names: [],
        })
        expect(await claimIntents(store)).toEqual([])
      })

      it('that wants what is there already asks for nothing and ends nothing', async () => {
        expect(await change({}, [USER, ROLE])).toEqual({ asked: 0 })
        expect(await states()).toEqual([line('a', USER, 'active'), line('a', ROLE, 'active')])
      })

      it('asks for what is new, ends what is gone, and leaves the rest alone', async () => {
        const login = `${TOPIC}/login`
        const before = await subscription(store, callback('a'), USER)
        expect(await change({ topics: ['user', 'login'] }, [USER, login])).toEqual({ asked: 1 })
        expect(await states()).toEqual([
          line('a', USER, 'active'),
          line('a', ROLE, 'ended'),
          line('a', login, 'pending'),
        ])
        expect(await subscription(store, callback('a'), USER)).toEqual(before)
        expect(await subscription(store, callback('a'), ROLE)).toMatchObject({
          ended_why: 'its webhook no longer has this topic',
        })
        expect(await claimIntents(store)).toMatchObject([
          { mode: 'denied', topic: ROLE, reason: 'the webhook no longer has this topic' },
          { mode: 'subscribe', topic: login },
        ])
        // Wanted again while its end is still to be told.
        await store.expiry.freeClaims(NOW + 20_000)
        expect(await change({ topics: ['user', 'role'] }, [USER, ROLE])).toEqual({ asked: 1 })
        await confirmAll(NOW + 20_000)
        expect(await states()).toEqual([
          line('a', USER, 'active'),
          line('a', ROLE, 'active'),
          line('a', login, 'ended'),
        ])
      })

      it('of the URL ends all that was and asks for all anew', async () => {
        expect(await change({ url: callback('b') }, [USER, ROLE])).toEqual({ asked: 2 })
        expect(await subscription(store, callback('a'), USER)).toMatchObject({
          state: 'ended',
          ended_why: 'its webhook has another URL now',
        })
        const intents = await confirmAll()
        expect(intents.map(({ mode, callback: url }) => `${mode} ${url}`)).toEqual([
          `denied ${callback('a')}`,
          `denied ${callback('a')}`,
          `subscribe ${callback('b')}`,
          `subscribe ${callback('b')}`,
        ])
        expect(await subscription(store, callback('b'), ROLE)).toMatchObject({
          state: 'active',
          webhook: 'w1',
        })
      })

      it('of the secret holds once it is verified, and is asked for once', async () => {
        expect(await change({ secret_sealed: 'two' }, [USER, ROLE])).toEqual({ asked: 2 })
        // It waits already; back to the first is another wish.
        expect(await change({ secret_sealed: 'two' }, [USER, ROLE])).toEqual({ asked: 0 })
        expect(await change({ secret_sealed: 'one' }, [USER, ROLE])).toEqual({ asked: 2 })
        expect(await change({ secret_sealed: 'two' }, [USER, ROLE])).toEqual({ asked: 2 })
        expect(await claimIntents(store)).toHaveLength(2)
      })

      it('whose secret was never verified is asked for again', async () => {
        await change({ secret_sealed: 'two' }, [USER, ROLE])
        for (const intent of await claimIntents(store))
          await store.intents.settle(intent, { outcome: 'refused', why: 'it said no', now: NOW })
        expect(await states()).toEqual([line('a', USER, 'active'), line('a', ROLE, 'active')])
        expect(await change({ secret_sealed: 'two' }, [USER, ROLE])).toEqual({ asked: 2 })
      })

      it('to what is another’s changes nothing at all', async () => {
        await confirm(store, { callback: callback('b'), topic: ROLE })
        const before = await store.registry.webhooks.get('w1')
        expect(await change({ name: 'X', url: callback('b'), paused: true }, [USER, ROLE], true)).toBe(
          'taken',
        )
        expect(await store.registry.webhooks.get('w1')).toEqual(before)
        expect(await claimIntents(store)).toEqual([])
      })

      it('that is refused changes nothing, and the refusal comes through', async () => {
        const refusing = store.registry.webhooks.change(
          'w1',
          () => {
            throw new Error('no')
          },
          NOW,
        )
        await expect(refusing).rejects.toThrow('no')
        expect(
          await store.registry.webhooks.change('w2', () => ({ webhook: webhook(), pausing: false }), NOW),
        ).toBe('unknown')
      })

      it('to the operator’s word is vouched for from then on, and its end is told to nobody', async () => {
        expect(await change({ verification: 'operator' }, [USER, ROLE])).toEqual({ asked: 2 })
        expect(await confirmAll()).toMatchObject([{ vouched: true }, { vouched: true }])
        await store.renewals.renew(DUE, 10, 10)
        expect(await confirmAll(DUE)).toMatchObject([{ vouched: true }, { vouched: true }])
        await change({ topics: ['user'] }, [USER])
        expect(await states()).toEqual([line('a', USER, 'active'), line('a', ROLE, 'ended')])
        await store.registry.webhooks.remove('w1', NOW)
        expect(await claimIntents(store, DUE)).toEqual([])
      })
    })
  })
}
