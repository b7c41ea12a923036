import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ClaimedFetch, FetchSettlement } from '../../src/core/content-ports.ts'
import { WEB } from '../../src/core/web-topic.ts'
import type { Store } from '../../src/store/index.ts'
import { callback, confirm, deliveries, fanOutAll, LEASE_END, NOW, type OpenStore, takeAll } from './scene.ts'

const PAGE = 'https://blog.example/feed?tag=a'
const OTHER = 'https://news.example/feed'
const BESIDE = 'https://blog.example/beside'

const validators = { url: PAGE, etag: '"v1"' }

export function webTopicsContract(open: OpenStore): void {
  describe('WebTopics', () => {
    let store: Store

    beforeEach(async () => {
      store = await open()
      for (const topic of [PAGE, OTHER, BESIDE]) await follow('a', topic)
    })
    afterEach(() => store.close())

    const follow = (name: string, topic = PAGE) =>
      confirm(store, { callback: callback(name), topic, subscriber: null, tenant: WEB })
    const leave = (name: string, topic = PAGE) =>
      confirm(store, { callback: callback(name), topic, subscriber: null, tenant: WEB, mode: 'unsubscribe' })
    const ping = (topics = [PAGE], when: { now?: number; dueAt?: number; atLatest?: number } = {}) =>
      store.webTopics.ping(
        topics.map((topic) => ({ topic, origin: new URL(topic).origin })),
        { now: NOW, dueAt: NOW, atLatest: NOW, ...when },
      )
    const claim = (now = NOW, limit = 9) => store.webTopics.claim({ limit, now, until: now + 1_000 })
    const claimOne = async (now = NOW): Promise<ClaimedFetch> => {
      const [claimed] = await claim(now)
      if (claimed === undefined) throw new Error('nothing claimed')
      return claimed
    }
    const settle = (claimed: ClaimedFetch, outcome: 'unchanged' | 'retry' | 'given up', dueAt = NOW) =>
      store.webTopics.settle(claimed, { now: NOW, dueAt, outcome })
    const changed = (digest = 'd1'): FetchSettlement => ({
      now: NOW,
      dueAt: NOW,
      outcome: 'changed',
      content: {
        native: 'page',
        jti: randomUUID(),
        txn: 'txn',
        contentType: 'text/plain',
        sealed: 'sealed bytes',
      },
      page: { digest, validators },
    })

    it('are claimed once somebody has pinged them, and once', async () => {
      expect(await claim()).toEqual([])
      expect(await store.webTopics.nextDue()).toBeUndefined()
      expect(await ping()).toBe(1)
      expect(await store.webTopics.nextDue()).toBe(NOW)
      expect(await claim()).toEqual([
        { topic: PAGE, claim: expect.any(String) as string, pings: 1, attempts: 0 },
      ])
      expect(await claim()).toEqual([])
      expect(await store.webTopics.nextDue()).toBeUndefined()
    })

    it('are not noted where nobody is subscribed, or nobody any more', async () => {
      expect(await ping(['https://blog.example/nobody'])).toBe(0)
      expect(await ping([PAGE, 'https://blog.example/nobody'])).toBe(1)
      expect(await ping([PAGE], { now: LEASE_END })).toBe(0)
      await leave('a')
      expect(await ping()).toBe(0)
    })

    it('are not claimed once nobody is subscribed any more', async () => {
      await ping()
      expect(await claim(LEASE_END)).toEqual([])
      await leave('a')
      expect(await claim()).toEqual([])
    })

    it('wait until they are due', async () => {
      await ping([PAGE], { dueAt: NOW + 50 })
      expect(await claim(NOW + 49)).toEqual([])
      expect(await claim(NOW + 50)).toHaveLength(1)
    })

    it('are claimed one of an origin, the oldest first, and no more than asked for', async () => {
      await ping([BESIDE], { dueAt: NOW - 1 })
      await ping([PAGE, OTHER])
      expect((await claim(NOW, 1)).map(({ topic }) => topic)).toEqual([BESIDE])
      expect((await claim()).map(({ topic }) => topic)).toEqual([OTHER])
      expect(await claim()).toEqual([])
    })

    it('are fetched once for all pings that came before, and once more for those that came since', async () => {
      for (let i = 0; i < 3; i += 1) await ping()
      const first = await claimOne()
      expect(first.pings).toBe(3)
      await ping()
      await ping()
      await settle(first, 'unchanged')
      const second = await claimOne()
      expect(second.pings).toBe(2)
      await settle(second, 'unchanged')
      expect(await claim()).toEqual([])
    })

    it('rest after a fetch as long as it says, whoever pings', async () => {
      await ping()
      const first = await claimOne()
      await ping()
      await settle(first, 'unchanged', NOW + 500)
      expect(await claim(NOW + 499)).toEqual([])
      await settle(await claimOne(NOW + 500), 'unchanged', NOW + 500)
      await ping([PAGE], { dueAt: NOW + 50 })
      expect(await claim(NOW + 499)).toEqual([])
      expect(await claim(NOW + 500)).toHaveLength(1)
    })

    it('are fetched again for the same pings, and then no more', async () => {
      await ping()
      await settle(await claimOne(), 'retry', NOW + 10)
      expect(await claim(NOW + 9)).toEqual([])
      const second = await claimOne(NOW + 10)
      expect(second).toMatchObject({ pings: 1, attempts: 1 })
      await settle(second, 'given up')
      expect(await claim(NOW + 10)).toEqual([])
      await ping()
      expect(await claimOne()).toMatchObject({ pings: 1, attempts: 0 })
    })

    it('that failed are fetched sooner, and as if for the first time, after another ping', async () => {
      await ping()
      await settle(await claimOne(), 'retry', NOW + 60_000)
      await ping([PAGE], { atLatest: NOW + 500 })
      expect(await claim(NOW + 499)).toEqual([])
      expect(await claimOne(NOW + 500)).toMatchObject({ pings: 2, attempts: 0 })
    })

    it('that were pinged during the last try are fetched again', async () => {
      await ping()
      const last = await claimOne()
      await ping()
      await settle(last, 'given up')
      expect(await claimOne()).toMatchObject({ pings: 1, attempts: 0 })
    })

    it('give what has changed to their own subscribers, sealed', async () => {
      await follow('b')
      await ping()
      await store.webTopics.settle(await claimOne(), changed())
      await fanOutAll(store)
      expect((await deliveries(store)).map(({ to }) => to).sort()).toEqual([callback('a'), callback('b')])
      const [taken] = await takeAll(store)
      expect(taken?.sendable).toMatchObject({
        receiver: { topic: PAGE },
        contentType: 'text/plain',
        body: { sealed: 'sealed bytes' },
      })
    })

    it('remember what was sent for as long as somebody is subscribed who was so then', async () => {
      await ping()
      await store.webTopics.settle(await claimOne(), changed('d1'))
      await follow('b')
      await ping()
      const second = await claimOne()
      expect(second.last).toEqual({ digest: 'd1', validators })
      await store.webTopics.settle(second, changed('d2'))
      await follow('c')
      await leave('a')
      await leave('b')
      await ping()
      expect(await claimOne()).not.toHaveProperty('last')
    })

    it('take in nothing once nobody is subscribed', async () => {
      await ping()
      const claimed = await claimOne()
      await leave('a')
      await store.webTopics.settle(claimed, changed())
      expect((await store.registry.events.list({ limit: 9 })).items).toEqual([])
    })

    it('take in nothing for a claim that has lapsed', async () => {
      await ping()
      const late = await claimOne()
      await store.expiry.freeClaims(NOW + 1_000)
      const other = await claimOne()
      expect(other.topic).toBe(late.topic)
      await store.webTopics.settle(late, changed())
      expect((await store.registry.events.list({ limit: 9 })).items).toEqual([])
      await settle(other, 'unchanged')
      expect(await claim()).toEqual([])
    })

    it('are forgotten once nobody is subscribed, a few at a time and round again', async () => {
      await ping([PAGE, OTHER, BESIDE])
      for (const claimed of [...(await claim()), ...(await claim())]) {
        await store.webTopics.settle(claimed, changed())
      }
      await leave('a')
      for (let look = 0; look < 4; look += 1) await store.webTopics.forget(1, NOW)
      await follow('a')
      await ping([PAGE, OTHER])
      const claimed = await claim()
      expect(claimed.map(({ topic, last }) => [topic, last !== undefined]).sort()).toEqual([
        [PAGE, false],
        [OTHER, true],
      ])
      await leave('a')
      await store.webTopics.forget(9, NOW)
      for (const one of claimed) await settle(one, 'retry')
      await follow('a')
      // What was under way stayed.
      expect(await claim()).toHaveLength(2)
    })

    it('belong to no tenant of the operator', async () => {
      expect(await store.registry.tenants.get(WEB)).toBeUndefined()
      expect(await store.registry.tenants.list({ limit: 9 })).toEqual({ items: [], next: null })
      expect(await store.registry.tenants.remove(WEB, NOW)).toBe(false)
      const closing = { subscribe: 'token', mayKeep: () => false, now: NOW } as const
      expect(await store.registry.tenants.change(WEB, closing)).toBeUndefined()
      expect(await store.directory.tenant(WEB)).toEqual({ id: WEB, subscribe: 'open' })
    })
  })
}
