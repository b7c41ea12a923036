import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { EventSubject, ReadSubject } from '../../src/core/erasure-ports.ts'
import type { SignedEvent } from '../../src/core/store-ports.ts'
import type { Store } from '../../src/store/index.ts'
import {
  deliveries,
  fanOutAll,
  NOW,
  type OpenStore,
  populate,
  settle,
  signedEvent,
  source,
  subscribe,
  takeAll,
  TOPIC,
} from './scene.ts'

export function erasureContract(open: OpenStore): void {
  describe('Erasures', () => {
    let store: Store

    beforeEach(async () => {
      store = await open()
      await populate(store)
    })
    afterEach(() => store.close())

    const accept = async (...events: Partial<SignedEvent>[]): Promise<string[]> => {
      const signed = events.map(signedEvent)
      await store.inbox.accept({ source, name: 'login', key: randomUUID(), now: NOW, events: signed })
      return signed.map(({ jti }) => jti)
    }
    const begin = (more: Partial<Parameters<Store['erasures']['begin']>[0]> = {}) =>
      store.erasures.begin({ tenant: 'acme', subject: 'alice', users: [], now: NOW, ...more })
    const nothing: ReadSubject = () => ({ users: [] })
    const step = (num: number | undefined, { limit = 100, read = nothing } = {}) =>
      store.erasures.step(num ?? 0, read, limit, NOW)
    const kept = async (...jtis: string[]) =>
      Promise.all(jtis.map(async (jti) => (await store.registry.events.get(jti)) !== undefined))

    it('take events of the subject, with what waits and what is done with, and leave all others', async () => {
      await subscribe(store, 'a', 'b')
      const [one = '', bob = ''] = await accept({ subject: 'alice' }, { subject: 'bob' })
      await fanOutAll(store)
      const taken = (await takeAll(store)).filter(({ sendable }) => sendable.body === `body of ${one}`)
      await settle(store, taken.slice(0, 1), { state: 'delivered' })
      const [two = ''] = await accept({ subject: 'alice' })
      const num = await begin()
      expect(await step(num)).toEqual({
        ...{ events: 2, deliveries: 1, dropped: 1, memories: 0 },
        ...{ complete: true, droppedNow: 1 },
      })
      expect(await kept(one, two, bob)).toEqual([false, false, true])
      expect(new Set((await deliveries(store)).map(({ jti }) => jti))).toEqual(new Set([bob]))
      expect(await store.topicPages.latest(TOPIC)).toMatchObject({ body: `body of ${bob}` })
      // What was not fanned out yet is not any more.
      await fanOutAll(store)
      expect((await deliveries(store)).length).toBe(2)
      expect(await store.erasures.unfinished()).toBeUndefined()
    })

    it('go on in small commits where they were, whoever asks', async () => {
      await subscribe(store, 'a', 'b', 'c')
      const jtis = await accept(...Array.from({ length: 4 }, () => ({ subject: 'alice' })))
      await fanOutAll(store)
      const num = await begin()
      let steps = 0
      for (;;) {
        const unfinished = await store.erasures.unfinished()
        if (unfinished === undefined) break
        expect(unfinished).toEqual({ num, tenant: 'acme' })
        const before = (await deliveries(store)).length
        const { droppedNow } = await step(num, { limit: 2 })
        expect(droppedNow).toBeLessThanOrEqual(2)
        expect((await deliveries(store)).length).toBe(before - droppedNow)
        steps += 1
      }
      expect(steps).toBeGreaterThan(4)
      expect(await step(num)).toMatchObject({ events: 4, dropped: 12, complete: true, droppedNow: 0 })
      expect(await kept(...jtis)).toEqual([false, false, false, false])
    })

    it('show a topic without the event from the first commit on', async () => {
      await subscribe(store, 'a', 'b', 'c')
      await accept({ subject: 'alice' })
      await fanOutAll(store)
      await step(await begin(), { limit: 1 })
      expect(await store.topicPages.latest(TOPIC)).toBeUndefined()
    })

    it('look into what earlier versions wrote, and at nothing of another tenant or accepted later', async () => {
      await store.registry.tenants.make({ id: 'globex', subscribe: 'token', created_at: NOW })
      const [old = '', other = ''] = await accept({}, {})
      const [marked = ''] = await accept({ subject: 'alice' })
      const foreign = signedEvent({ subject: 'alice' })
      await store.registry.sources.make({
        ...{ ...source, id: 'gate', tenant: 'globex', auth_method: 'bearer', auth_sealed: 'x' },
        ...{ max_age: null, topic_prefix: null, created_at: NOW },
      })
      const gate = { ...source, id: 'gate', tenant: 'globex' }
      await store.inbox.accept({ source: gate, name: 'n', key: 'k', now: NOW, events: [foreign] })
      const num = await begin()
      const [later = ''] = await accept({ subject: 'alice' })
      const read = (token: string, from: string): EventSubject => {
        expect(from).toBe('door')
        return token === `body of ${old}` ? { subject: 'alice', users: [] } : { users: [] }
      }
      expect(await step(num, { read })).toMatchObject({ events: 2, complete: true })
      expect(await kept(old, marked)).toEqual([false, false])
      expect(await kept(other, foreign.jti, later)).toEqual([true, true, true])
    })

    it('forget what sources remember: of those named, and of those that events name', async () => {
      const memory = {
        atMost: 10,
        changes: ['alice', 'also alice', 'bob'].map((user) => ({
          user,
          was: undefined,
          becomes: { enabled: true },
        })),
      }
      const event = signedEvent({ subject: 'alice' })
      await store.inbox.accept({ source, name: 'n', key: 'k', now: NOW, events: [event], memory })
      const num = await begin({ users: [{ source: 'door', user: 'alice' }] })
      const read = (): EventSubject => ({ subject: 'alice', users: ['also alice', 'nobody'] })
      expect(await step(num, { read })).toMatchObject({ events: 1, memories: 2 })
      const left = await store.inbox.recall('door', ['alice', 'also alice', 'bob'])
      expect([...left.keys()]).toEqual(['bob'])
    })

    it('are none of a tenant that is not there', async () => {
      expect(await store.erasures.sources('nope')).toBeUndefined()
      expect(await begin({ tenant: 'nope' })).toBeUndefined()
      expect(await store.erasures.sources('acme')).toEqual([{ id: 'door', issuer: source.issuer }])
      expect(await step(undefined)).toMatchObject({ events: 0, complete: true })
    })
  })
}
