import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Store } from '../../src/store/index.ts'
import { until } from '../support/until.ts'
import {
  type Asked,
  callback,
  claimIntents,
  confirm,
  intentRequest,
  LEASE_END,
  NOW,
  type OpenStore,
  populate,
  subscribe,
  subscription,
  unsubscribe,
} from './scene.ts'

export function intentInboxContract(open: OpenStore): void {
  describe('IntentInbox', () => {
    let store: Store

    beforeEach(async () => {
      store = await open()
      await populate(store)
      await store.registry.subscribers.make({
        id: 'crm',
        tenant: 'acme',
        topics: ['*'],
        token_hash: 'other',
        created_at: NOW,
      })
    })
    afterEach(() => store.close())

    const ask = (asked: Asked = {}, maxWaiting = 100) =>
      store.intentInbox.request(intentRequest(asked), { inAll: maxWaiting })

    it('shows a new subscription as pending', async () => {
      expect(await ask()).toBe('queued')
      expect(await subscription(store, callback('a'))).toMatchObject({
        tenant: 'acme',
        subscriber: 'siem',
        state: 'pending',
        lease_expires_at: null,
        verification_at: null,
        created_at: NOW,
      })
    })

    it('leaves an active subscription as it is', async () => {
      const before = await confirm(store, { secretSealed: 'old' })
      expect(await ask({ secretSealed: 'new', leaseSeconds: 5, now: NOW + 60_000 })).toBe('queued')
      expect(await ask({ mode: 'unsubscribe', now: NOW + 60_000 })).toBe('queued')
      expect(await subscription(store, callback('a'))).toEqual(before)
    })

    it('shows an ended subscription that is asked for again as pending, without a reason for its end', async () => {
      await subscribe(store, 'a')
      await unsubscribe(store, 'a')
      expect(await subscription(store, callback('a'))).toMatchObject({
        state: 'ended',
        ended_why: 'unsubscribed',
      })
      expect(await ask()).toBe('queued')
      expect(await subscription(store, callback('a'))).toMatchObject({ state: 'pending', ended_why: null })
    })

    it('loses none of many that come at once', async () => {
      const names = Array.from({ length: 500 }, (_, i) => `s${i}`)
      const outcomes = await Promise.all(names.map((name) => ask({ callback: callback(name) }, 1_000)))
      expect(new Set(outcomes)).toEqual(new Set(['queued']))
      expect(new Set((await claimIntents(store)).map((intent) => intent.callback))).toEqual(
        new Set(names.map(callback)),
      )
    })

    it('keeps a living subscription for the subscriber that verified it', async () => {
      await subscribe(store, 'a')
      expect(await ask({ subscriber: 'crm' })).toBe('taken')
      expect(await ask({ subscriber: null })).toBe('taken')
      expect(await ask({ subscriber: 'crm', now: LEASE_END - 1 })).toBe('taken')
      expect(await claimIntents(store)).toEqual([])
    })

    it('lets another subscriber have what is only pending, over or ended', async () => {
      await ask()
      expect(await ask({ subscriber: 'crm' })).toBe('queued')
      await subscribe(store, 'b', 'c')
      expect(await ask({ callback: callback('b'), subscriber: 'crm', now: LEASE_END })).toBe('queued')
      await unsubscribe(store, 'c')
      expect(await ask({ callback: callback('c'), subscriber: 'crm' })).toBe('queued')
    })

    it('takes a newer request for the older of the same asker, so that asking again takes nobody’s place', async () => {
      expect(await ask({ leaseSeconds: 10 }, 2)).toBe('queued')
      expect(await ask({ leaseSeconds: 20 }, 2)).toBe('queued')
      expect(await ask({ leaseSeconds: 30 }, 2)).toBe('queued')
      expect(await ask({ callback: callback('b') }, 2)).toBe('queued')
      const waiting = await claimIntents(store)
      expect(waiting.map((intent) => intent.callback)).toEqual(['a', 'b'].map(callback))
      expect(waiting[0]).toMatchObject({ leaseSeconds: 30 })
    })

    it('keeps what another asked for, what means the contrary, and what is under way', async () => {
      await ask()
      await ask({ subscriber: 'crm' })
      await ask({ mode: 'unsubscribe' })
      expect(await claimIntents(store)).toHaveLength(3)
      await ask()
      expect(await claimIntents(store)).toHaveLength(1)
    })

    describe('has room', () => {
      const at = (host: string, name: string, more: object = {}) =>
        store.intentInbox.request(
          { ...intentRequest({ callback: `https://${host}.example/${name}` }), ...more },
          { inAll: 100, perHost: 2, perClient: 3, subscriptions: { perSubscriber: 4, perHost: 100 } },
        )

      it('for a few verifications of one host, and as many of the next', async () => {
        expect(await at('a', '1')).toBe('queued')
        expect(await at('a', '2')).toBe('queued')
        expect(await at('a', '3')).toBe('full')
        expect(await at('b', '1')).toBe('queued')
        await claimIntents(store)
        // Those that are asked just now count too.
        expect(await at('a', '3')).toBe('full')
      })

      it('for a few that one client asked for, and as many of the next', async () => {
        for (const host of ['a', 'b', 'c'])
          expect(await at(host, '1', { client: '192.0.2.7' })).toBe('queued')
        expect(await at('d', '1', { client: '192.0.2.7' })).toBe('full')
        expect(await at('d', '1', { client: '192.0.2.8' })).toBe('queued')
      })

      it('for who asks again for the same, since that takes no other place', async () => {
        for (const name of ['1', '2', '1', '2']) expect(await at('a', name)).toBe('queued')
      })

      it('for so many subscriptions of a subscriber, until some end', async () => {
        for (const host of ['a', 'b', 'c', 'd']) expect(await at(host, '1')).toBe('queued')
        expect(await at('e', '1')).toBe('subscriber-full')
        expect(await at('e', '1', { owner: 'crm' })).toBe('queued')
        expect(await at('a', '1')).toBe('queued')
        for (const intent of await claimIntents(store)) {
          await store.intents.settle(intent, { outcome: 'refused', why: 'no', now: NOW })
        }
        await until(async () => (await at('e', '2')) === 'queued')
      })

      it('for so many subscriptions at a host, whosoever they are', async () => {
        const room = { inAll: 100, subscriptions: { perSubscriber: 100, perHost: 2 } }
        const ask_ = (asked: Asked) => store.intentInbox.request(intentRequest(asked), room)
        const url = (name: string) => `https://a.example/${name}`
        expect(await ask_({ callback: url('1') })).toBe('queued')
        expect(await ask_({ callback: url('2'), subscriber: 'crm' })).toBe('queued')
        expect(await ask_({ callback: url('3') })).toBe('host-full')
        expect(await ask_({ callback: url('1') })).toBe('queued')
        expect(await ask_({ callback: 'https://b.example/1' })).toBe('queued')
        expect(await subscription(store, url('1'))).toMatchObject({ state: 'pending' })
      })

      it('for all that the operator asks for', async () => {
        for (const name of ['1', '2', '3', '4']) {
          expect(
            await store.intentInbox.request(intentRequest({ callback: callback(name) }), { inAll: Infinity }),
          ).toBe('queued')
        }
      })
    })

    it('is full at the limit, and then nothing appears', async () => {
      expect(await ask({}, 2)).toBe('queued')
      expect(await ask({ callback: callback('b') }, 2)).toBe('queued')
      expect(await ask({ callback: callback('c') }, 2)).toBe('full')
      await expect(subscription(store, callback('c'))).rejects.toThrow()
      const [claimed] = await claimIntents(store)
      if (claimed === undefined) throw new Error('nothing claimed')
      expect(await ask({ callback: callback('c') }, 2)).toBe('full')
      await store.intents.settle(claimed, { outcome: 'confirmed', now: NOW })
      expect(await ask({ callback: callback('c') }, 2)).toBe('queued')
    })

    it('changes nothing where it is full: what was asked before still waits, and so does a denial', async () => {
      await subscribe(store, 'denied')
      await ask({ leaseSeconds: 10 })
      await store.registry.subscriptions.remove((await subscription(store, callback('denied'))).id, NOW)
      // An operator, who has no limit, has filled the queue beyond it.
      for (const name of ['b', 'c']) await ask({ callback: callback(name) }, Infinity)
      expect(await ask({ leaseSeconds: 20 }, 2)).toBe('full')
      expect(await ask({ callback: callback('denied') }, 2)).toBe('full')
      const waiting = await claimIntents(store)
      expect(waiting.map((intent) => [intent.callback, intent.mode]).sort()).toEqual([
        [callback('a'), 'subscribe'],
        [callback('b'), 'subscribe'],
        [callback('c'), 'subscribe'],
        [callback('denied'), 'denied'],
      ])
    })

    it('asks the callback of what has ended about leaving while its owner’s request to come back waits', async () => {
      await subscribe(store, 'a')
      await ask({ now: LEASE_END - 1 })
      await store.expiry.endLapsed(LEASE_END, 10)
      expect(await ask({ mode: 'unsubscribe', subscriber: 'crm', now: LEASE_END })).toBe('nothing')
      expect(await ask({ mode: 'unsubscribe', now: LEASE_END })).toBe('queued')
      const [back, leave] = await claimIntents(store, LEASE_END)
      if (back === undefined || leave === undefined) throw new Error('they do not wait')
      await store.intents.settle(leave, { outcome: 'confirmed', now: LEASE_END })
      await store.intents.settle(back, { outcome: 'confirmed', now: LEASE_END })
      expect(await subscription(store, callback('a'))).toMatchObject({
        state: 'ended',
        ended_why: 'unsubscribed',
      })
    })

    it('has nothing to do for an unsubscription of what is not there, not alive or not the asker’s', async () => {
      expect(await ask({ mode: 'unsubscribe' })).toBe('nothing')
      await expect(subscription(store, callback('a'))).rejects.toThrow()
      await subscribe(store, 'a')
      expect(await ask({ mode: 'unsubscribe', subscriber: 'crm' })).toBe('nothing')
      await unsubscribe(store, 'a')
      expect(await ask({ mode: 'unsubscribe' })).toBe('nothing')
      expect(await claimIntents(store)).toEqual([])
    })
  })
}
