/** What is deleted is gone at once as far as anyone sees, and then in small commits until no row is left of it. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Store } from '../../src/store/index.ts'
import { named, type RemovalScene, removalScene, topicOf, url } from './removal-scene.ts'
import { claimIntents, confirm, NOW, subscription } from './scene.ts'

let scene: RemovalScene
let store: Store

beforeEach(async () => {
  scene = await removalScene()
  ;({ store } = scene)
})
afterEach(() => scene.close())

describe('a tenant', () => {
  it('is gone at once, however much hangs on it, and leaves no row', async () => {
    await scene.fill('stays')
    await scene.agreeAll()
    const baseline = scene.rows()
    await scene.fill('goes', { events: 700, subscriptions: 3 })
    const sent = await subscription(store, url('goes', 1), topicOf('goes'))
    const [event] = (await store.registry.events.list({ limit: 1, tenant: 'goes' })).items
    const [delivery] = (await store.registry.deliveries.list({ limit: 1, tenant: 'goes' })).items

    const before = scene.changes()
    expect(await store.registry.tenants.remove('goes', NOW)).toBe(true)
    expect(scene.changes() - before).toBeLessThan(3_000)
    expect(scene.rows().events).toBeGreaterThan(baseline.events ?? 0)

    expect(await scene.shownOf('goes')).toBe(0)
    expect(await scene.shownOf('stays')).toBeGreaterThan(0)
    const { registry, directory } = store
    expect((await registry.tenants.list({ limit: 9 })).items.map(({ id }) => id)).toEqual(['stays'])
    const gone = [
      registry.tenants.get('goes'),
      registry.sources.get('goes-door'),
      registry.subscribers.get('goes-siem'),
    ]
    const hidden = [
      registry.subscriptions.get(sent.id),
      registry.events.get(event?.jti ?? ''),
      registry.deliveries.get(delivery?.id ?? ''),
    ]
    const doors = [directory.tenant('goes'), directory.source('goes-door'), directory.sourceOfName('goes.x')]
    const others = [directory.registrantOf(named('goes')), directory.subscriberByToken('hash of goes', NOW)]
    const found = await Promise.all([...gone, ...hidden, ...doors, ...others])
    expect(found).toEqual(found.map(() => undefined))
    expect(await registry.deliveries.retry(delivery?.id ?? '', NOW)).toBe('unknown')
    expect(await store.replays.begin(sent.id, { since: 0, until: NOW }, NOW)).toBe('unknown')
    expect(await registry.subscriptions.pause(sent.id, true, NOW)).toBe('unknown')
    expect(await registry.tenants.remove('goes', NOW)).toBe(false)
    expect(await registry.sources.remove('goes-door', NOW)).toBe(false)
    expect((await scene.deliverSome()).filter((callback) => callback.includes('goes'))).toEqual([])

    expect(await registry.tenants.make({ id: 'goes', subscribe: 'token', created_at: NOW })).toBe('leaving')
    const subscriber = { id: 'goes-siem', topics: ['*'], token_hash: 'new', created_at: NOW }
    expect(await registry.subscribers.make({ ...subscriber, tenant: 'goes' })).toBe('no-tenant')
    expect(await registry.subscribers.make({ ...subscriber, tenant: 'stays' })).toBe('leaving')

    // Killed somewhere in the middle, it goes on from there.
    await store.removals.next(100, NOW)
    await scene.reopen()
    ;({ store } = scene)
    expect(await scene.shownOf('goes')).toBe(0)
    expect(await scene.removeAll()).toBeGreaterThan(3)
    const told = scene.denials().map(({ callback }) => callback)
    expect(told.sort()).toEqual([url('goes', 0), url('goes', 0), url('goes', 1), url('goes', 2)])
    expect(scene.rows()).toEqual({ ...baseline, intents: (baseline.intents ?? 0) + told.length })
    expect(await registryMake('goes')).toBe('made')
  })

  const registryMake = (id: string) =>
    store.registry.tenants.make({ id, subscribe: 'token', created_at: NOW })
})

describe('a subscriber', () => {
  it('loses all of its subscriptions at once, and is gone when the last callback is to be told', async () => {
    await scene.fill('acme', { subscriptions: 520 })
    expect(await store.registry.subscribers.remove('acme-siem', NOW)).toBe(true)
    expect(await store.directory.subscriberByToken('hash of acme', NOW)).toBeUndefined()
    const { items } = await store.registry.subscriptions.list({ limit: 9_999, subscriber: 'acme-siem' })
    expect(items.length).toBe(520)
    expect(new Set(items.map(({ state }) => state))).toEqual(new Set(['ended']))
    expect(
      (await store.registry.subscriptions.list({ limit: 99, subscriber: 'acme-siem', state: 'active' }))
        .items,
    ).toEqual([])
    // The late yes of one that was asked.
    expect((await claimIntents(store)).filter(({ mode }) => mode !== 'denied')).toEqual([])
    // That one has another owner, on another topic.
    expect((await scene.deliverAll()).filter((callback) => callback !== url('acme', 0))).toEqual([])
    const subscriber = { id: 'acme-siem', tenant: 'acme', topics: ['*'], token_hash: 'new', created_at: NOW }
    expect(await store.registry.subscribers.make(subscriber)).toBe('leaving')
    expect(await scene.removeAll()).toBeGreaterThan(0)
    expect(new Set(scene.denials().map(({ callback }) => callback)).size).toBe(520)
    expect(
      scene.file.prepare("select count(*) as n from subscriptions where state = 'active'").get(),
    ).toEqual({
      n: 1,
    })
    expect(await store.registry.subscribers.make(subscriber)).toBe('made')
  })
})

describe('a source', () => {
  it('ends the subscriptions to its topics; what it published stays', async () => {
    await scene.fill('acme', { events: 2, relayed: 520 })
    const before = scene.rows()
    expect(await store.registry.sources.remove('acme-door', NOW)).toBe(true)
    expect(await store.directory.source('acme-door')).toBeUndefined()
    expect(await store.directory.registrantOf(named('acme'))).toBeUndefined()
    const ofTopic = { limit: 9_999, topic: named('acme') }
    expect((await store.registry.subscriptions.list({ ...ofTopic, state: 'active' })).items).toEqual([])
    expect((await store.registry.subscriptions.list({ ...ofTopic, state: 'ended' })).items.length).toBe(520)
    const own = [url('acme', 0), url('acme', 1)]
    expect((await scene.deliverAll()).filter((callback) => !own.includes(callback))).toEqual([])
    expect(await scene.removeAll()).toBeGreaterThan(0)
    expect(scene.denials().length).toBe(520)
    const after = scene.rows()
    for (const table of ['sources', 'native_events', 'user_memories', 'registered_topics']) {
      expect([table, after[table]]).toEqual([table, 0])
    }
    expect([after.events, after.subscriptions]).toEqual([before.events, before.subscriptions])
  })
})

describe('a subscription', () => {
  it('takes its deliveries with it, those that wait and those that are done with, and no others', async () => {
    await scene.fill('acme', { events: 800, subscriptions: 2 })
    const [first, second] = [
      await subscription(store, url('acme', 0), topicOf('acme')),
      await subscription(store, url('acme', 1), topicOf('acme')),
    ]
    const ofIt = (of: string) => store.registry.deliveries.list({ limit: 9_999, subscription: of })
    const others = (await ofIt(second.id)).items
    const done = (await ofIt(first.id)).items.filter(({ state }) => state === 'delivered')
    expect(done.length).toBeGreaterThan(0)
    expect(await store.registry.subscriptions.remove(first.id, NOW)).toBe(true)
    expect(await store.registry.subscriptions.get(first.id)).toBeUndefined()
    expect(await store.registry.subscriptions.remove(first.id, NOW)).toBe(false)
    expect((await ofIt(first.id)).items).toEqual([])
    expect(await store.registry.deliveries.get(done[0]?.id ?? '')).toBeUndefined()
    expect((await scene.deliverSome()).filter((callback) => callback === url('acme', 0))).toEqual([])

    // Its callback may have another one meanwhile, with a life of its own.
    const again = await confirm(store, {
      tenant: 'acme',
      subscriber: 'acme-siem',
      callback: url('acme', 0),
      topic: topicOf('acme'),
    })
    expect(again.id).not.toBe(first.id)
    expect(await scene.removeAll()).toBeGreaterThan(3)
    expect((await store.registry.subscriptions.get(again.id))?.state).toBe('active')
    expect((await ofIt(second.id)).items.length).toBe(others.length)
    const orphans = (table: string) =>
      scene.file
        .prepare(
          `select count(*) as n from ${table} where subscription not in (select num from subscriptions)`,
        )
        .get()
    const tables = ['deliveries', 'history', 'queues', 'replays', 'verifications']
    expect(tables.map((table) => [table, orphans(table)])).toEqual(tables.map((table) => [table, { n: 0 }]))
    expect(scene.rows().removals).toBe(0)
  })
})
