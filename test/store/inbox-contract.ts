import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SignedEvent } from '../../src/core/store-ports.ts'
import type { Store } from '../../src/store/index.ts'
import { NOW, type OpenStore, populate, signedEvent, source, TOPIC } from './scene.ts'

export function inboxContract(open: OpenStore): void {
  describe('Inbox', () => {
    let store: Store

    beforeEach(async () => {
      store = await open()
      await populate(store)
    })
    afterEach(() => store.close())

    const accept = (key: string, events: SignedEvent[], from = source) =>
      store.inbox.accept({ source: from, name: 'login', key, now: NOW, events })
    const accepted = async () => (await store.registry.events.list({ limit: 100 })).items

    it('keeps every field of an event', async () => {
      const event = signedEvent({ occurredAt: 1_699_999_999, topics: [`${TOPIC}/login`, TOPIC] })
      expect(await accept('k', [event])).toBe('accepted')
      expect(await store.registry.events.get(event.jti)).toEqual({
        jti: event.jti,
        tenant: 'acme',
        source: 'door',
        native: 'login',
        category: 'login',
        name: 'succeeded',
        txn: event.txn,
        occurred_at: 1_699_999_999_000,
        accepted_at: NOW,
        set: event.body,
        kept: true,
        topics: [TOPIC, `${TOPIC}/login`],
      })
    })

    it('knows what it accepted, per source', async () => {
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
      expect(await store.inbox.knows('door', 'k')).toBe(false)
      await accept('k', [signedEvent()])
      expect(await store.inbox.knows('door', 'k')).toBe(true)
      expect(await store.inbox.knows('gate', 'k')).toBe(false)
      expect(await accept('k', [signedEvent()], { ...source, id: 'gate' })).toBe('accepted')
    })

    it('has the source show when it last had something accepted, and never a repeat', async () => {
      const shown = async () => (await store.registry.sources.get('door'))?.last_accepted_at
      const at = (now: number, key: string) =>
        store.inbox.accept({ source, name: 'login', key, now, events: [signedEvent()] })
      expect(await shown()).toBeNull()
      await at(NOW, 'k')
      expect(await shown()).toBe(NOW)
      await at(NOW + 5_000, 'k')
      expect(await shown()).toBe(NOW)
      await at(NOW + 5_000, 'l')
      expect(await shown()).toBe(NOW + 5_000)
      // To the second: not every event is worth another write.
      await at(NOW + 5_999, 'm')
      expect(await shown()).toBe(NOW + 5_000)
      await at(NOW + 6_000, 'n')
      expect(await shown()).toBe(NOW + 6_000)
    })

    it('has the source show what it was last refused', async () => {
      await store.refusals.refused([
        { source: 'nobody', at: NOW, why: 'x' },
        { source: 'door', at: NOW, why: 'not authentic' },
      ])
      expect(await store.registry.sources.get('door')).toMatchObject({
        last_accepted_at: null,
        last_refused_at: NOW,
        last_refused_why: 'not authentic',
      })
    })

    it('remembers a native event that became nothing', async () => {
      expect(await accept('k', [])).toBe('accepted')
      expect(await accept('k', [signedEvent()])).toBe('duplicate')
    })

    it('changes nothing on a repeat', async () => {
      const first = signedEvent()
      await accept('k', [first])
      expect(await accept('k', [signedEvent()])).toBe('duplicate')
      expect((await accepted()).map(({ jti }) => jti)).toEqual([first.jti])
      expect(await store.topicPages.latest(TOPIC)).toMatchObject({ body: first.body })
    })

    it('takes one of many that come at once', async () => {
      const outcomes = await Promise.all(Array.from({ length: 20 }, () => accept('k', [signedEvent()])))
      expect(outcomes.filter((outcome) => outcome === 'accepted')).toHaveLength(1)
      expect(await accepted()).toHaveLength(1)
    })

    it('knows every jti that it has', async () => {
      const event = signedEvent()
      expect(await store.inbox.hasJti(event.jti)).toBe(false)
      await accept('one', [event])
      expect(await store.inbox.hasJti(event.jti)).toBe(true)
    })

    it('takes in all events of a native one or none', async () => {
      const twin = signedEvent()
      await accept('first', [twin])
      await expect(accept('second', [signedEvent(), twin])).rejects.toThrow()
      expect(await accepted()).toHaveLength(1)
      expect(await store.inbox.knows('door', 'second')).toBe(false)
      expect(await accept('second', [signedEvent(), signedEvent()])).toBe('accepted')
      expect(await accepted()).toHaveLength(3)
    })
  })
}
