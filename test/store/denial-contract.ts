import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WEB } from '../../src/core/web-topic.ts'
import type { Store } from '../../src/store/index.ts'
import {
  callback,
  claimIntents,
  claimSome,
  confirm,
  intentRequest,
  LEASE_END,
  NOW,
  type OpenStore,
  populate,
  subscribe,
  subscription,
  TOPIC,
  unsubscribe,
} from './scene.ts'

export function denialContract(open: OpenStore): void {
  describe('a denial', () => {
    let store: Store

    beforeEach(async () => {
      store = await open()
      await populate(store)
      await subscribe(store, 'a', 'b')
    })
    afterEach(() => store.close())

    const remove = async (name: string) =>
      store.registry.subscriptions.remove((await subscription(store, callback(name))).id, NOW)
    const ask = (asked = {}) => store.intentInbox.request(intentRequest(asked), { inAll: 10_000 })

    it('says by itself what is over, and where to tell it', async () => {
      await remove('a')
      const denied = { mode: 'denied', topic: TOPIC, callback: callback('a'), attempts: 0 }
      expect(await claimIntents(store)).toMatchObject([{ ...denied, reason: 'the subscription was deleted' }])
    })

    it('outlives its subscription, subscriber and tenant, through every try', async () => {
      await store.registry.subscribers.remove('siem', NOW)
      await store.registry.tenants.remove('acme', NOW)
      for (const attempts of [0, 1]) {
        const told = await claimIntents(store)
        expect(told.map((each) => [each.callback, each.attempts])).toEqual([
          [callback('a'), attempts],
          [callback('b'), attempts],
        ])
        for (const each of told) {
          await store.intents.settle(each, { outcome: 'retry', why: 'deaf', dueAt: NOW, now: NOW })
        }
      }
      for (const each of await claimIntents(store)) {
        await store.intents.settle(each, { outcome: 'refused', why: 'deaf', now: NOW })
      }
      expect(await claimIntents(store)).toEqual([])
    })

    it('of a tenant is told to those alone who had something, in rows without number', async () => {
      for (let i = 0; i < 1_001; i += 1) await ask({ callback: `https://many.example/${i}` })
      await unsubscribe(store, 'a')
      await store.registry.tenants.remove('acme', NOW)
      while ((await store.removals.next(500, NOW)) !== undefined);
      const told: string[] = []
      for (let more = await claimIntents(store); more.length > 0; more = await claimIntents(store)) {
        told.push(...more.map((each) => each.callback))
      }
      expect(told).toHaveLength(1_002)
      expect(told[0]).toBe(callback('b'))
    })

    it('is not told to whom has the topic again, whoever subscribed it', async () => {
      await store.registry.subscribers.make({
        id: 'crm',
        tenant: 'acme',
        topics: ['*'],
        token_hash: 'other',
        created_at: NOW,
      })
      await remove('a')
      await remove('b')
      const [underWay] = await claimSome(store, 1, 1)
      expect(underWay).toMatchObject({ mode: 'denied', callback: callback('a') })
      if (underWay === undefined) return
      for (const name of ['a', 'b']) await confirm(store, { callback: callback(name), subscriber: 'crm' })
      await store.intents.settle(underWay, { outcome: 'retry', why: 'deaf', dueAt: NOW, now: NOW })
      expect(await claimIntents(store)).toEqual([])
      expect(await subscription(store, callback('a'))).toMatchObject({
        state: 'active',
        verification: 'subscribe confirmed',
      })
    })

    it.each<[string, tenant: string, () => Promise<unknown>]>([
      ['a deregistered topic', 'acme', () => store.registeredTopics.deregister(TOPIC, 'door', LEASE_END)],
      ['a deleted tenant', 'acme', () => store.registry.tenants.remove('acme', LEASE_END)],
      ['a deleted subscriber', 'acme', () => store.registry.subscribers.remove('siem', LEASE_END)],
      ['a page that is no topic any more', WEB, () => store.webTopics.withdraw(() => false, LEASE_END)],
    ])('of %s is told to whose lease ended while it asked again', async (_of, tenant, withdraw) => {
      await store.registeredTopics.register(TOPIC, 'door', NOW)
      const asked = { tenant, callback: callback('late') }
      await confirm(store, asked)
      await ask({ ...asked, now: LEASE_END - 1 })
      await store.expiry.endLapsed(LEASE_END, 10)
      await withdraw()
      expect(await claimIntents(store, LEASE_END)).toMatchObject([
        { mode: 'denied', callback: callback('late'), topic: TOPIC },
      ])
    })

    it('waits while another asks for the topic and is not confirmed', async () => {
      await remove('a')
      await ask({ subscriber: 'crm' })
      expect((await claimIntents(store)).map(({ mode }) => mode)).toEqual(['denied', 'subscribe'])
    })
  })
}
