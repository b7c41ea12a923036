import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { PageRequest } from '../../src/core/list.ts'
import type { Readable } from '../../src/core/registry-ports.ts'
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
  signedEvent,
  source,
  subscribe,
  subscription,
  unsubscribe,
} from './scene.ts'

export function registryContract(open: OpenStore): void {
  describe('Registry', () => {
    let store: Store

    beforeEach(async () => {
      store = await open()
      await populate(store)
    })
    afterEach(() => store.close())

    const makeSource = (id: string, tenant = 'acme') =>
      store.registry.sources.make({
        ...source,
        id,
        tenant,
        disclose: [],
        auth_method: 'bearer',
        auth_sealed: 'x',
        max_age: null,
        topic_prefix: null,
        created_at: NOW,
      })
    const makeSubscriber = (id: string, tenant = 'acme') =>
      store.registry.subscribers.make({
        id,
        tenant,
        topics: ['login'],
        token_hash: `hash of ${id}`,
        created_at: NOW,
      })

    describe('make', () => {
      it('keeps what was made and refuses an id that is taken', async () => {
        expect(await store.registry.tenants.make({ id: 'acme', subscribe: 'open', created_at: 0 })).toBe(
          'exists',
        )
        expect(await store.registry.tenants.get('acme')).toEqual({
          id: 'acme',
          subscribe: 'token',
          created_at: NOW,
        })
        expect(await makeSource('door')).toBe('exists')
        expect(await store.registry.sources.get('door')).toEqual({
          ...source,
          auth_method: 'bearer',
          max_age: null,
          topic_prefix: null,
          publish_unmapped: false,
          created_at: NOW,
          last_accepted_at: null,
          last_refused_at: null,
          last_refused_why: null,
        })
        expect(await makeSubscriber('siem')).toBe('exists')
        expect(await store.registry.subscribers.get('siem')).toEqual({
          id: 'siem',
          tenant: 'acme',
          topics: ['*'],
          expires_at: null,
          former_until: null,
          created_at: NOW,
        })
      })

      it('wants the tenant to be there', async () => {
        expect(await makeSource('gate', 'nobody')).toBe('no-tenant')
        expect(await makeSubscriber('crm', 'nobody')).toBe('no-tenant')
        expect(await store.registry.sources.get('gate')).toBeUndefined()
      })
    })

    describe('list', () => {
      /** All pages of two, as lists of ids. */
      const pages = async <T>(port: Readable<T, unknown>, id: (item: T) => string, tenant?: string) => {
        const all: string[][] = []
        let after: string | undefined
        do {
          const request: PageRequest = { limit: 2, ...(after && { after }), ...(tenant && { tenant }) }
          const page = await port.list(request)
          all.push(page.items.map(id))
          after = page.next ?? undefined
        } while (after !== undefined)
        return all
      }
      const ofId = ({ id }: { id: string }) => id

      beforeEach(() => store.registry.tenants.make({ id: 'other', subscribe: 'token', created_at: NOW }))

      it('pages tenants, sources and subscribers by id', async () => {
        for (const id of ['c', 'a', 'b']) {
          await store.registry.tenants.make({ id, subscribe: 'token', created_at: NOW })
          await makeSource(id, 'other')
          await makeSubscriber(id, 'other')
        }
        expect(await pages(store.registry.tenants, ofId)).toEqual([['a', 'acme'], ['b', 'c'], ['other']])
        expect(await pages(store.registry.sources, ofId)).toEqual([
          ['a', 'b'],
          ['c', 'door'],
        ])
        expect(await pages(store.registry.sources, ofId, 'other')).toEqual([['a', 'b'], ['c']])
        expect(await pages(store.registry.subscribers, ofId)).toEqual([
          ['a', 'b'],
          ['c', 'siem'],
        ])
        expect(await pages(store.registry.subscribers, ofId, 'acme')).toEqual([['siem']])
      })

      it('pages subscriptions, events and deliveries from the newest', async () => {
        await subscribe(store, 'a', 'b', 'c')
        expect(await pages(store.registry.subscriptions, (item) => item.callback)).toEqual([
          ['c', 'b'].map(callback),
          ['a'].map(callback),
        ])
        const [first, second, third] = [await accept(store), await accept(store), await accept(store)]
        expect(await pages(store.registry.events, ({ jti }) => jti)).toEqual([[third, second], [first]])
        await fanOutAll(store)
        expect(await pages(store.registry.deliveries, ({ jti }) => jti)).toEqual([
          [third, third],
          [third, second],
          [second, second],
          [first, first],
          [first],
        ])
        for (const port of [store.registry.subscriptions, store.registry.events, store.registry.deliveries]) {
          expect(await pages<unknown>(port, String, 'other')).toEqual([[]])
        }
      })

      it('neither repeats nor skips when something comes between two pages', async () => {
        const [first, second, third] = [await accept(store), await accept(store), await accept(store)]
        const page = await store.registry.events.list({ limit: 2 })
        expect(page.items.map(({ jti }) => jti)).toEqual([third, second])
        await accept(store)
        const rest = await store.registry.events.list({ limit: 2, after: page.next ?? '' })
        expect(rest).toMatchObject({ items: [{ jti: first }], next: null })
      })

      it('refuses a cursor that no page gave', async () => {
        await expect(store.registry.events.list({ limit: 2, after: "1' or 1=1" })).rejects.toMatchObject({
          code: 'malformed',
        })
      })
    })

    it('gets nothing by an id that is none', async () => {
      expect(await store.registry.deliveries.get('x')).toBeUndefined()
      expect(await store.registry.events.get('')).toBeUndefined()
      expect(await store.registry.subscriptions.get('1')).toBeUndefined()
    })

    describe('remove', () => {
      it('tells whether it was there', async () => {
        const { id } = await confirm(store)
        expect(await store.registry.subscriptions.remove(id, NOW)).toBe(true)
        expect(await store.registry.subscriptions.remove(id, NOW)).toBe(false)
        expect(await store.registry.subscribers.remove('siem', NOW)).toBe(true)
        expect(await store.registry.subscribers.remove('siem', NOW)).toBe(false)
        expect(await store.registry.sources.remove('door', NOW)).toBe(true)
        expect(await store.registry.sources.remove('door', NOW)).toBe(false)
        expect(await store.registry.tenants.remove('acme', NOW)).toBe(true)
        expect(await store.registry.tenants.remove('acme', NOW)).toBe(false)
      })

      it('keeps what a source published', async () => {
        const jti = await accept(store)
        await store.registry.sources.remove('door', NOW)
        expect(await store.registry.events.get(jti)).toBeDefined()
      })

      it('takes a tenant with everything that is its own, and nobody else’s', async () => {
        await store.registry.tenants.make({ id: 'other', subscribe: 'token', created_at: NOW })
        await makeSource('gate', 'other')
        const kept = signedEvent()
        await store.inbox.accept({
          source: { ...source, id: 'gate', tenant: 'other' },
          name: 'n',
          key: 'k',
          now: NOW,
          events: [kept],
        })
        await subscribe(store, 'a')
        const jti = await accept(store)
        await fanOutAll(store)
        await store.registry.tenants.remove('acme', NOW)
        expect(await deliveries(store)).toEqual([])
        expect(await store.registry.events.get(jti)).toBeUndefined()
        expect((await store.registry.subscriptions.list({ limit: 9 })).items).toEqual([])
        expect(await store.registry.events.get(kept.jti)).toBeDefined()
      })

      it('ends the subscriptions of a subscriber, pending ones too', async () => {
        await subscribe(store, 'a')
        await store.intentInbox.request(intentRequest({ callback: callback('b') }), { inAll: 10 })
        await store.registry.subscribers.remove('siem', NOW)
        for (const name of ['a', 'b']) {
          expect(await subscription(store, callback(name))).toMatchObject({
            state: 'ended',
            ended_why: 'its subscriber was deleted',
          })
        }
        expect(await claimIntents(store)).toMatchObject([
          { mode: 'denied', callback: callback('a'), reason: 'access was withdrawn' },
          { mode: 'denied', callback: callback('b') },
        ])
      })

      it('ends a subscription that a subscriber asked for after another had it', async () => {
        await makeSubscriber('crm')
        await subscribe(store, 'a')
        await unsubscribe(store, 'a')
        await store.intentInbox.request(intentRequest({ subscriber: 'crm' }), { inAll: 10 })
        await store.registry.subscribers.remove('crm', NOW)
        expect(await subscription(store, callback('a'))).toMatchObject({ state: 'ended' })
      })

      it('leaves a pending subscription to another subscriber who asked for it too', async () => {
        await makeSubscriber('crm')
        await store.intentInbox.request(intentRequest(), { inAll: 10 })
        await store.intentInbox.request(intentRequest({ subscriber: 'crm' }), { inAll: 10 })
        await store.registry.subscribers.remove('siem', NOW)
        expect(await subscription(store, callback('a'))).toMatchObject({ state: 'pending' })
        const [claimed, ...others] = await claimIntents(store)
        expect(others).toEqual([])
        if (claimed === undefined) throw new Error('nothing claimed')
        await store.intents.settle(claimed, { outcome: 'confirmed', now: NOW })
        expect(await subscription(store, callback('a'))).toMatchObject({ state: 'active', subscriber: 'crm' })
      })
    })
  })
}
