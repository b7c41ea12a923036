import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Store } from '../../src/store/index.ts'
import {
  accept,
  callback,
  confirm,
  deliveries,
  fanOutAll,
  LEASE_END,
  NOW,
  type OpenStore,
  populate,
  subscription,
  takeOnly,
  TOPIC,
  unsubscribe,
} from './scene.ts'

export function testInboxContract(open: OpenStore): void {
  describe('TestInbox', () => {
    let store: Store

    beforeEach(async () => {
      store = await open()
      await populate(store)
    })
    afterEach(() => store.close())

    const event = (jti: string) => ({
      ...{ jti, txn: 'txn', category: 'system', name: 'test' },
      contentType: 'application/secevent+jwt',
      body: `body of ${jti}`,
    })
    const send = (...subscriptions: string[]) =>
      store.testInbox.accept({ tenant: 'acme', event: event(randomUUID()), subscriptions, now: NOW })

    it('finds what is active now and not paused', async () => {
      const { id } = await confirm(store)
      const active = (now = NOW) => store.testInbox.activeAmong({ subscription: id }, now)
      expect(await active()).toEqual([{ id, tenant: 'acme', topic: TOPIC }])
      expect(await active(LEASE_END)).toEqual([])
      await store.registry.subscriptions.pause(id, true, NOW)
      expect(await active()).toEqual([])
      await store.registry.subscriptions.pause(id, false, NOW)
      await unsubscribe(store, 'a')
      expect(await active()).toEqual([])
      expect(await store.testInbox.activeAmong({ subscription: 'none' }, NOW)).toBeUndefined()
      expect(await store.testInbox.activeAmong({ webhook: 'none' }, NOW)).toBeUndefined()
    })

    it('makes deliveries that can be sent, of an event that stands on no topic', async () => {
      await accept(store)
      const { id } = await confirm(store)
      await confirm(store, { callback: callback('b') })
      expect(await send(id)).toHaveLength(1)
      await fanOutAll(store)
      const { sendable } = await takeOnly(store)
      expect(sendable).toMatchObject({
        receiver: { callback: callback('a') },
        body: expect.stringMatching(/^body of/) as string,
      })
      expect((await store.topicPages.latest(TOPIC))?.body).not.toBe(sendable.body)
    })

    it('leaves out what ended meanwhile, and keeps nothing when that is all', async () => {
      const { id } = await confirm(store)
      const other = await confirm(store, { callback: callback('b') })
      await unsubscribe(store, 'a')
      expect(await send(id)).toEqual([])
      expect(await store.registry.events.list({ limit: 10 })).toEqual({ items: [], next: null })
      expect(await send(id, other.id)).toHaveLength(1)
      expect(await deliveries(store)).toMatchObject([{ to: callback('b'), state: 'waiting' }])
      expect(await subscription(store, callback('a'))).toMatchObject({ state: 'ended' })
    })
  })
}
