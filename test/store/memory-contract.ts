import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Memory, MemoryChange } from '../../src/core/memory.ts'
import type { Store } from '../../src/store/index.ts'
import { NOW, type OpenStore, populate, signedEvent, source } from './scene.ts'

export function memoryContract(open: OpenStore): void {
  describe('What the inbox remembers of users', () => {
    let store: Store
    let keys = 0

    beforeEach(async () => {
      store = await open()
      await populate(store)
      keys = 0
    })
    afterEach(() => store.close())

    const accept = (
      changes: MemoryChange[],
      { atMost = 100, key = `key ${(keys += 1)}`, from = source } = {},
    ) =>
      store.inbox.accept({
        source: from,
        name: 'update-user',
        key,
        now: NOW,
        events: [signedEvent()],
        memory: { changes, atMost },
      })
    const recall = async (...users: string[]) => store.inbox.recall('door', users)
    const memoryOf = async (user: string) => (await recall(user)).get(user)?.memory
    const versionOf = async (user: string) => (await recall(user)).get(user)?.version
    /** Changes the memory as it is now. */
    const set = async (user: string, becomes?: Memory, options = {}) =>
      accept([{ user, was: await versionOf(user), ...(becomes && { becomes }) }], options)
    const events = async () => (await store.registry.events.list({ limit: 100 })).items.length

    it('is nothing at first', async () => {
      expect(await recall('alice', 'bob')).toEqual(new Map())
      expect(await recall()).toEqual(new Map())
    })

    it('is what was told last, of that user alone', async () => {
      const memory = { enabled: true, deleted: false, email: 'h1', phone: 'h2', username: 'h3', asOf: 7 }
      expect(await set('alice', { enabled: false })).toBe('accepted')
      expect(await set('alice', memory)).toBe('accepted')
      expect(await memoryOf('alice')).toEqual(memory)
      expect(await memoryOf('bob')).toBeUndefined()
    })

    it('belongs to one source', async () => {
      const gate = { ...source, id: 'gate' }
      await store.registry.sources.make({
        ...source,
        id: 'gate',
        disclose: [],
        auth_method: 'bearer',
        auth_sealed: 'x',
        max_age: null,
        topic_prefix: null,
        created_at: NOW,
      })
      await set('alice', { enabled: true })
      expect(await store.inbox.recall('gate', ['alice'])).toEqual(new Map())
      const was = await versionOf('alice')
      const becomes = { enabled: false }
      expect(await accept([{ user: 'alice', was, becomes }], { from: gate })).toBe('outdated')
      expect(await memoryOf('alice')).toEqual({ enabled: true })
      await store.registry.sources.remove('door', NOW)
      expect(await recall('alice')).toEqual(new Map())
    })

    it('stays the same when it is asked to', async () => {
      await set('alice', { enabled: true })
      const was = await versionOf('alice')
      const same: MemoryChange[] = [{ user: 'alice', was, becomes: 'same' }]
      expect([await accept(same), await accept(same)]).toEqual(['accepted', 'accepted'])
      expect(await versionOf('alice')).toBe(was)
      await set('alice', { enabled: false })
      expect(await accept(same)).toBe('outdated')
      await set('alice')
      expect(await accept(same)).toBe('outdated')
    })

    it('is erased', async () => {
      await set('alice', { enabled: true })
      expect(await set('alice')).toBe('accepted')
      expect(await recall('alice')).toEqual(new Map())
    })

    it.each<[what: string, becomes?: Memory]>([['is changed', { enabled: false }], ['is erased']])(
      'that %s by someone else meanwhile leaves everything as it is',
      async (_what, becomes) => {
        await set('alice', { enabled: true })
        const was = await versionOf('alice')
        await set('alice', becomes)
        const before = await events()
        const late = { user: 'alice', was, becomes: { enabled: true } }
        expect(await accept([{ user: 'bob', was: undefined, becomes: {} }, late], { key: 'late' })).toBe(
          'outdated',
        )
        expect(await memoryOf('alice')).toEqual(becomes)
        expect(await memoryOf('bob')).toBeUndefined()
        expect(await events()).toBe(before)
        expect(await store.inbox.knows('door', 'late')).toBe(false)
      },
    )

    it('that was made by someone else meanwhile leaves everything as it is', async () => {
      await set('alice', { enabled: true })
      expect(await accept([{ user: 'alice', was: undefined, becomes: { enabled: false } }])).toBe('outdated')
      expect(await memoryOf('alice')).toEqual({ enabled: true })
    })

    it('is not taken for an older one that was the same', async () => {
      await set('alice', { enabled: true })
      const was = await versionOf('alice')
      await set('alice')
      await set('alice', { enabled: true })
      expect(await accept([{ user: 'alice', was, becomes: { enabled: false } }])).toBe('outdated')
    })

    it('is not touched by a repeat', async () => {
      await set('alice', { enabled: true }, { key: 'same' })
      expect(await set('alice', { enabled: false }, { key: 'same' })).toBe('duplicate')
      expect(await memoryOf('alice')).toEqual({ enabled: true })
    })

    it('changes with the events or not at all', async () => {
      const twin = signedEvent()
      const native = { source, name: 'x', now: NOW, events: [twin, twin] }
      const changes = [{ user: 'alice', was: undefined, becomes: { enabled: true } }]
      await expect(
        store.inbox.accept({ ...native, key: 'k', memory: { changes, atMost: 9 } }),
      ).rejects.toThrow()
      expect(await memoryOf('alice')).toBeUndefined()
    })

    it('decides for one of many that come at once', async () => {
      await set('alice', { enabled: true })
      const was = await versionOf('alice')
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, () => accept([{ user: 'alice', was, becomes: { enabled: false } }])),
      )
      expect(outcomes.filter((outcome) => outcome === 'accepted')).toHaveLength(1)
    })

    it('is of so many users and no more: who had no news for longest is forgotten', async () => {
      for (const user of ['a', 'b', 'c']) await set(user, { enabled: true }, { atMost: 3 })
      await set('a', { enabled: true }, { atMost: 3 })
      await set('d', { enabled: true }, { atMost: 3 })
      expect([...(await recall('a', 'b', 'c', 'd')).keys()].sort()).toEqual(['a', 'c', 'd'])
      // Whoever is erased makes room.
      await set('d', undefined, { atMost: 3 })
      await set('e', { enabled: true }, { atMost: 3 })
      expect([...(await recall('a', 'b', 'c', 'd', 'e')).keys()].sort()).toEqual(['a', 'c', 'e'])
    })

    it('is of many users at once', async () => {
      const users = Array.from({ length: 12_000 }, (_, n) => `user ${n}`)
      await accept(
        users.map((user) => ({ user, was: undefined, becomes: { enabled: true } })),
        { atMost: 20_000 },
      )
      const recalled = await recall(...users)
      expect(recalled.size).toBe(12_000)
      await accept(users.map((user) => ({ user, was: recalled.get(user)?.version })))
      expect(await recall(...users)).toEqual(new Map())
    })
  })
}
