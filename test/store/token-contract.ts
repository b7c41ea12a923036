import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Store } from '../../src/store/index.ts'
import {
  callback,
  claimIntents,
  confirm,
  intentRequest,
  NOW,
  type OpenStore,
  populate,
  publish,
  subscribe,
  subscription,
  sweep,
  takeAll,
} from './scene.ts'

/** Tokens of subscribers: rotated, and at an end. */
export function tokenContract(open: OpenStore): void {
  describe('a subscriber’s token', () => {
    let store: Store

    beforeEach(async () => {
      store = await open()
      await populate(store)
    })
    afterEach(() => store.close())

    const isGood = async (hash: string, now: number): Promise<boolean> =>
      (await store.directory.subscriberByToken(hash, now)) !== undefined
    const make = (expires_at: number | null) =>
      store.registry.subscribers.make({
        ...{ id: 'crm', tenant: 'acme', topics: ['*'], token_hash: 'one', created_at: NOW, expires_at },
      })
    const rotate = (
      token_hash: string,
      more: { overlapMs?: number; expires_at?: number | null } = {},
      now = NOW,
    ) => store.registry.subscribers.rotate('crm', { token_hash, now, overlapMs: 100, ...more })

    it('is good until its end', async () => {
      await make(NOW + 10)
      expect(await isGood('one', NOW + 9)).toBe(true)
      expect(await isGood('one', NOW + 10)).toBe(false)
    })

    it('is good for a while beside the one that follows it', async () => {
      await make(null)
      expect(await rotate('two')).toMatchObject({ id: 'crm', former_until: NOW + 100, expires_at: null })
      expect(await isGood('one', NOW + 99)).toBe(true)
      expect(await isGood('one', NOW + 100)).toBe(false)
      expect(await isGood('two', NOW + 1_000_000)).toBe(true)
      await rotate('three', {}, NOW + 1)
      expect(await isGood('one', NOW + 1)).toBe(false)
      expect(await isGood('two', NOW + 1)).toBe(true)
      await rotate('four', { overlapMs: 0 }, NOW + 2)
      expect(await isGood('three', NOW + 2)).toBe(false)
      expect(
        await store.registry.subscribers.rotate('nope', { token_hash: 'x', now: NOW, overlapMs: 0 }),
      ).toBe(undefined)
    })

    it('is not good beyond its own end because another follows', async () => {
      await make(NOW + 10)
      expect(await rotate('two')).toMatchObject({ former_until: NOW + 10 })
      expect(await isGood('one', NOW + 10)).toBe(false)
    })

    it('is good for as long as the one before was made for, unless something else is said', async () => {
      await make(NOW + 10)
      expect(await rotate('two', {}, NOW + 5)).toMatchObject({ expires_at: NOW + 15 })
      expect(await rotate('three', { expires_at: NOW + 7 }, NOW + 5)).toMatchObject({ expires_at: NOW + 7 })
      expect(await rotate('four', { expires_at: null }, NOW + 5)).toMatchObject({ expires_at: null })
      expect(await rotate('five', {}, NOW + 5)).toMatchObject({ expires_at: null })
    })
  })

  describe('endAccess', () => {
    let store: Store

    beforeEach(async () => {
      store = await open()
      await populate(store)
    })
    afterEach(() => store.close())

    /** The subscriber of the scene gets a token that ends. */
    const endsAt = (expires_at: number, overlapMs = 0) =>
      store.registry.subscribers.rotate('siem', { token_hash: 'new', now: NOW, overlapMs, expires_at })

    it('ends what the subscriber has, drops what waits for it, and tells its callbacks', async () => {
      await subscribe(store, 'a', 'b')
      await confirm(store, { callback: callback('other'), subscriber: 'other' })
      await publish(store, 2)
      await endsAt(NOW + 10)
      expect(await store.expiry.endAccess(NOW + 9, 10)).toBe(false)
      expect(await store.expiry.endAccess(NOW + 10, 10)).toBe(true)
      expect(await store.expiry.endAccess(NOW + 10, 10)).toBe(false)
      for (const name of ['a', 'b']) {
        expect(await subscription(store, callback(name))).toMatchObject({
          state: 'ended',
          ended_why: 'its subscriber’s token ran out',
        })
      }
      const sent = await takeAll(store, { now: NOW + 10 })
      expect(new Set(sent.map(({ sendable }) => sendable.receiver.callback))).toEqual(
        new Set([callback('other')]),
      )
      await sweep(store, NOW + 10)
      const told = await claimIntents(store, NOW + 10)
      expect(told.map(({ mode, callback: to }) => [mode, to]).sort()).toEqual([
        ['denied', callback('a')],
        ['denied', callback('b')],
      ])
    })

    it('does at most the limit, and forgets what was asked for last', async () => {
      await subscribe(store, 'a', 'b', 'c')
      await store.intentInbox.request(intentRequest({ callback: callback('asked') }), { inAll: 10 })
      await endsAt(NOW + 10)
      const living = async () =>
        (await store.registry.subscriptions.list({ limit: 10 })).items.filter(
          ({ state }) => state !== 'ended',
        )
      expect(await store.expiry.endAccess(NOW + 10, 2)).toBe(true)
      expect(await living()).toHaveLength(2)
      expect(await store.expiry.endAccess(NOW + 10, 2)).toBe(true)
      expect(await living()).toHaveLength(0)
      expect(await store.expiry.endAccess(NOW + 10, 2)).toBe(false)
      expect((await claimIntents(store, NOW + 10)).every(({ mode }) => mode === 'denied')).toBe(true)
    })

    it('waits for the last of its tokens, and not at all where there is a new one', async () => {
      await subscribe(store, 'a')
      await endsAt(NOW + 10, 100)
      expect(await store.expiry.endAccess(NOW + 99, 10)).toBe(false)
      await store.registry.subscribers.rotate('siem', {
        ...{ token_hash: 'newer', now: NOW + 99, overlapMs: 0, expires_at: null },
      })
      expect(await store.expiry.endAccess(NOW + 1_000_000, 10)).toBe(false)
      expect(await subscription(store, callback('a'))).toMatchObject({ state: 'active' })
    })
  })
}
