import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Store } from '../../src/store/index.ts'
import {
  accept,
  callback,
  confirm,
  deliveries,
  fanOutAll,
  NOW,
  type OpenStore,
  populate,
  source,
  subscription,
  settle,
  sweep,
  takeAll,
  takeOnly,
} from './scene.ts'

const NAME = 'myorg.event.session'

export function contentsContract(open: OpenStore): void {
  describe('Contents and RegisteredTopics', () => {
    let store: Store

    beforeEach(async () => {
      store = await open()
      await populate(store)
      await store.registeredTopics.register(NAME, source.id, NOW)
    })
    afterEach(() => store.close())

    const relay = (changes: { key?: string; topic?: string } = {}) =>
      store.contents.accept({
        source,
        native: 'sessionRevoked',
        topic: NAME,
        key: randomUUID(),
        jti: randomUUID(),
        txn: 'txn',
        contentType: 'application/json',
        sealed: 'sealed bytes',
        now: NOW,
        ...changes,
      })
    const subscribe = (name: string) => confirm(store, { callback: callback(name), topic: NAME })
    const settleAll = async (state: 'delivered' | 'dead') => settle(store, await takeAll(store), { state })

    it('register a topic once', async () => {
      expect(await store.registeredTopics.register(NAME, source.id, NOW)).toBe(false)
      expect(await store.registeredTopics.deregister(NAME, 'another', NOW)).toBe(false)
      expect(await store.registeredTopics.deregister(NAME, source.id, NOW)).toBe(true)
      expect(await store.registeredTopics.deregister(NAME, source.id, NOW)).toBe(false)
    })

    it('give the topic’s subscribers the sealed bytes', async () => {
      await subscribe('a')
      expect(await relay()).toBe('accepted')
      await fanOutAll(store)
      expect((await takeOnly(store)).sendable).toMatchObject({
        receiver: { topic: NAME },
        contentType: 'application/json',
        body: { sealed: 'sealed bytes', jti: expect.any(String) as string },
      })
    })

    it('take the same key once', async () => {
      await subscribe('a')
      expect(await relay({ key: 'once' })).toBe('accepted')
      expect(await relay({ key: 'once' })).toBe('duplicate')
      await fanOutAll(store)
      expect(await deliveries(store)).toHaveLength(1)
    })

    it('keep nothing but the key where nobody is subscribed', async () => {
      await relay({ key: 'once' })
      await subscribe('a')
      await fanOutAll(store)
      expect(await deliveries(store)).toEqual([])
      expect((await store.registry.events.list({ limit: 9 })).items).toEqual([])
      expect(await relay({ key: 'once' })).toBe('duplicate')
    })

    it.each(['delivered', 'dead'] as const)('are erased once all are %s, not before', async (state) => {
      await subscribe('a')
      await subscribe('b')
      await relay()
      // Fanning out is yet to come, then the deliveries.
      expect(await store.contents.erase(10)).toBe(0)
      await fanOutAll(store)
      expect(await store.contents.erase(10)).toBe(0)
      await settleAll(state)
      expect(await store.contents.erase(10)).toBe(1)
      expect(await store.contents.erase(10)).toBe(0)
    })

    it('are erased once those who waited have unsubscribed', async () => {
      await subscribe('a')
      await relay()
      await fanOutAll(store)
      await store.registeredTopics.deregister(NAME, source.id, NOW)
      expect(await subscription(store, callback('a'), NAME)).toMatchObject({ state: 'ended' })
      await sweep(store)
      expect(await store.contents.erase(10)).toBe(1)
    })

    it('are looked at in turns, however long some of them wait', async () => {
      await subscribe('a')
      for (let i = 0; i < 3; i += 1) await relay()
      await fanOutAll(store)
      const [, , last] = await takeAll(store)
      if (last === undefined) throw new Error('nothing taken')
      await settle(store, last, { state: 'delivered' })
      const erased: number[] = []
      for (let look = 0; look < 4; look += 1) erased.push(await store.contents.erase(1))
      expect(erased).toEqual([0, 0, 1, 0])
    })

    it('leave what was not sent alone: no topic carries it, and nobody sees it', async () => {
      const row = { jti: randomUUID(), txn: 'txn', category: 'login', name: 'succeeded' }
      const unsent = [{ ...row, sealed: 'sealed claims' }]
      await store.inbox.accept({ source, name: 'login', key: 'k', now: NOW, events: [], unsent })
      await fanOutAll(store)
      expect(await store.contents.erase(10)).toBe(0)
      expect(await store.registry.events.get(row.jti)).toMatchObject({
        category: 'login',
        native: 'login',
        set: null,
        topics: [],
        kept: true,
      })
    })

    it('leave other events alone', async () => {
      const jti = await accept(store)
      await fanOutAll(store)
      await store.contents.erase(10)
      expect(await store.registry.events.get(jti)).toMatchObject({ kept: true })
    })
  })
}
