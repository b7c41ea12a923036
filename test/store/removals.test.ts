/** What is deleted is gone at once as far as anyone sees, and then in small commits until no row is left of it. */
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { NEW_QUEUE } from '../../src/core/queue-state.ts'
import type { Source } from '../../src/core/source.ts'
import { createStore, openFile, type Store } from '../../src/store/index.ts'
import {
  claimIntents,
  claimQueues,
  confirm,
  fanOutAll,
  intentRequest,
  NOW,
  signedEvent,
  source,
  subscription,
  vault,
} from './scene.ts'

let folder: string
let file: Sqlite.Database
let store: Store

async function open(): Promise<void> {
  file = openFile(join(folder, 'signet.db'))
  store = await createStore(file, vault)
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'signet-removals-'))
  await open()
})
afterEach(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

const topicOf = (tenant: string) => `https://hub.example/topics/${tenant}`
const named = (tenant: string) => `${tenant}.sessions`
const url = (tenant: string, n: number) => `https://${tenant}-${n}.example/cb`
const sourceOf = (tenant: string): Source => ({ ...source, id: `${tenant}-door`, tenant })

const ask = (asked: Parameters<typeof intentRequest>[0]) =>
  store.intentInbox.request(intentRequest(asked), { inAll: 9_999 })

async function agreeAll(): Promise<void> {
  for (const claimed of await claimIntents(store)) {
    await store.intents.settle(claimed, { outcome: 'confirmed', now: NOW })
  }
}

/** One of everything that a tenant has, and several where a removal is to have much to do. */
async function fill(tenant: string, { events = 1, subscriptions = 2, relayed = 1 } = {}): Promise<void> {
  const { registry } = store
  await registry.tenants.make({ id: tenant, subscribe: 'token', created_at: NOW })
  const door = sourceOf(tenant)
  await registry.sources.make({
    ...{ ...door, disclose: [], auth_method: 'bearer', max_age: null, created_at: NOW },
    auth_sealed: vault.seal('{"auth":{"method":"bearer","secret":"x"}}', `sources/${door.id}/auth`),
    topic_prefix: `${tenant}.`,
  })
  const subscriber = { id: `${tenant}-siem`, tenant, topics: ['*'], created_at: NOW }
  await registry.subscribers.make({ ...subscriber, token_hash: `hash of ${tenant}` })
  await store.registeredTopics.register(named(tenant), door.id, NOW)
  const asked = { tenant, subscriber: subscriber.id }
  for (let n = 0; n < subscriptions; n += 1) {
    await ask({ ...asked, callback: url(tenant, n), topic: topicOf(tenant) })
  }
  for (let n = 0; n < relayed; n += 1) {
    await ask({ tenant, subscriber: `source:${door.id}`, callback: url(tenant, n), topic: named(tenant) })
  }
  await agreeAll()
  const memory = { changes: [{ user: 'u', becomes: { disabled: true } }], atMost: 9 } as unknown as {
    changes: []
    atMost: 9
  }
  for (let left = events; left > 0; left -= 200) {
    await store.inbox.accept({
      ...{
        source: door,
        name: 'login',
        key: randomUUID(),
        now: NOW,
        memory: left === events ? memory : undefined,
      },
      events: Array.from({ length: Math.min(left, 200) }, () => signedEvent({ topics: [topicOf(tenant)] })),
    } as Parameters<Store['inbox']['accept']>[0])
  }
  const content = { contentType: 'text/plain', native: 'n', sealed: 'sealed', jti: randomUUID(), txn: 't' }
  await store.contents.accept({ ...content, source: door, key: randomUUID(), topic: named(tenant), now: NOW })
  const { id } = await subscription(store, url(tenant, 0), topicOf(tenant))
  await store.testInbox.accept({ tenant, event: signedEvent(), subscriptions: [id], now: NOW })
  await fanOutAll(store)
  await deliverSome()
  await store.replays.begin(id, { since: 0, until: NOW + 1 }, NOW)
  // One that its callback has not answered yet.
  await ask({ ...asked, callback: url(tenant, 0), topic: topicOf(tenant) })
}

/** Some of what waits is delivered. @returns whom it was for */
async function deliverSome(): Promise<string[]> {
  const until = NOW + 10_000
  const { claimed } = await claimQueues(store)
  const to: string[] = []
  for (const queue of claimed) {
    const turn = {
      settled: [],
      state: NEW_QUEUE,
      changed: false,
      underWay: [],
      take: 3,
      takeRetries: 0,
      now: NOW,
      until,
    }
    const { deliveries, over } = await store.queues.turn(queue, turn)
    to.push(...deliveries.map(({ receiver }) => receiver.callback))
    const receipt = { at: NOW, ms: 1, outcome: 'delivered' }
    const settled = deliveries.map((one) => ({
      id: one.id,
      settlement: { state: 'delivered' as const },
      receipt,
    }))
    if (!over) await store.queues.turn(queue, { ...turn, settled, take: 0 })
  }
  return to
}

/** Every queue has its turn. */
async function deliverAll(): Promise<string[]> {
  const to: string[] = []
  for (let turns = 0; turns < 7; turns += 1) to.push(...(await deliverSome()))
  return to
}

/** How many rows each table has. */
function rows(): Record<string, number> {
  const tables = file
    .prepare<[], { name: string }>(
      "select name from sqlite_master where type = 'table' and name not like 'kysely%'",
    )
    .all()
    .filter(({ name }) => name !== 'sqlite_sequence')
  const count = (name: string) =>
    file.prepare<[], { n: number }>(`select count(*) as n from ${name}`).get()?.n ?? 0
  return Object.fromEntries(tables.map(({ name }) => [name, count(name)]))
}

const changes = () => file.prepare<[], { n: number }>('select total_changes() as n').get()?.n ?? 0

/** @returns how many steps it took; every one of them is small */
async function removeAll(limit = 100): Promise<number> {
  for (let steps = 0; ; steps += 1) {
    const before = changes()
    if ((await store.removals.next(limit, NOW)) === undefined) return steps
    // Ending a subscription changes its row twice, its place among what was asked, and tells its callback.
    expect(changes() - before).toBeLessThan(limit * 6)
  }
}

const denials = () =>
  file
    .prepare<[], { callback: string }>("select callback from intents where mode = 'denied' order by num")
    .all()

const shownOf = async (tenant: string): Promise<number> => {
  const { registry } = store
  const page = { limit: 9_999, tenant }
  const lists = [registry.sources, registry.subscribers, registry.webhooks, registry.subscriptions]
  const pages = await Promise.all(
    [...lists, registry.events, registry.deliveries].map((one) => one.list(page)),
  )
  return pages.reduce((sum, { items }) => sum + items.length, 0)
}

describe('a tenant', () => {
  it('is gone at once, however much hangs on it, and leaves no row', async () => {
    await fill('stays')
    await agreeAll()
    const baseline = rows()
    await fill('goes', { events: 700, subscriptions: 3 })
    const sent = await subscription(store, url('goes', 1), topicOf('goes'))
    const [event] = (await store.registry.events.list({ limit: 1, tenant: 'goes' })).items
    const [delivery] = (await store.registry.deliveries.list({ limit: 1, tenant: 'goes' })).items

    const before = changes()
    expect(await store.registry.tenants.remove('goes', NOW)).toBe(true)
    expect(changes() - before).toBeLessThan(3_000)
    expect(rows().events).toBeGreaterThan(baseline.events ?? 0)

    expect(await shownOf('goes')).toBe(0)
    expect(await shownOf('stays')).toBeGreaterThan(0)
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
    expect((await deliverSome()).filter((callback) => callback.includes('goes'))).toEqual([])

    expect(await registry.tenants.make({ id: 'goes', subscribe: 'token', created_at: NOW })).toBe('leaving')
    const subscriber = { id: 'goes-siem', topics: ['*'], token_hash: 'new', created_at: NOW }
    expect(await registry.subscribers.make({ ...subscriber, tenant: 'goes' })).toBe('no-tenant')
    expect(await registry.subscribers.make({ ...subscriber, tenant: 'stays' })).toBe('leaving')

    // Killed somewhere in the middle, it goes on from there.
    await store.removals.next(100, NOW)
    await store.close()
    await open()
    expect(await shownOf('goes')).toBe(0)
    expect(await removeAll()).toBeGreaterThan(3)
    const told = denials().map(({ callback }) => callback)
    expect(told.sort()).toEqual([url('goes', 0), url('goes', 0), url('goes', 1), url('goes', 2)])
    expect(rows()).toEqual({ ...baseline, intents: (baseline.intents ?? 0) + told.length })
    expect(await registryMake('goes')).toBe('made')
  })

  const registryMake = (id: string) =>
    store.registry.tenants.make({ id, subscribe: 'token', created_at: NOW })
})

describe('a subscriber', () => {
  it('loses all of its subscriptions at once, and is gone when the last callback is to be told', async () => {
    await fill('acme', { subscriptions: 520 })
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
    expect((await deliverAll()).filter((callback) => callback !== url('acme', 0))).toEqual([])
    const subscriber = { id: 'acme-siem', tenant: 'acme', topics: ['*'], token_hash: 'new', created_at: NOW }
    expect(await store.registry.subscribers.make(subscriber)).toBe('leaving')
    expect(await removeAll()).toBeGreaterThan(0)
    expect(new Set(denials().map(({ callback }) => callback)).size).toBe(520)
    expect(file.prepare("select count(*) as n from subscriptions where state = 'active'").get()).toEqual({
      n: 1,
    })
    expect(await store.registry.subscribers.make(subscriber)).toBe('made')
  })
})

describe('a source', () => {
  it('ends the subscriptions to its topics; what it published stays', async () => {
    await fill('acme', { events: 2, relayed: 520 })
    const before = rows()
    expect(await store.registry.sources.remove('acme-door', NOW)).toBe(true)
    expect(await store.directory.source('acme-door')).toBeUndefined()
    expect(await store.directory.registrantOf(named('acme'))).toBeUndefined()
    const ofTopic = { limit: 9_999, topic: named('acme') }
    expect((await store.registry.subscriptions.list({ ...ofTopic, state: 'active' })).items).toEqual([])
    expect((await store.registry.subscriptions.list({ ...ofTopic, state: 'ended' })).items.length).toBe(520)
    const own = [url('acme', 0), url('acme', 1)]
    expect((await deliverAll()).filter((callback) => !own.includes(callback))).toEqual([])
    expect(await removeAll()).toBeGreaterThan(0)
    expect(denials().length).toBe(520)
    const after = rows()
    for (const table of ['sources', 'native_events', 'user_memories', 'registered_topics']) {
      expect([table, after[table]]).toEqual([table, 0])
    }
    expect([after.events, after.subscriptions]).toEqual([before.events, before.subscriptions])
  })
})

describe('a subscription', () => {
  it('takes its deliveries with it, those that wait and those that are done with, and no others', async () => {
    await fill('acme', { events: 800, subscriptions: 2 })
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
    expect((await deliverSome()).filter((callback) => callback === url('acme', 0))).toEqual([])

    // Its callback may have another one meanwhile, with a life of its own.
    const again = await confirm(store, {
      tenant: 'acme',
      subscriber: 'acme-siem',
      callback: url('acme', 0),
      topic: topicOf('acme'),
    })
    expect(again.id).not.toBe(first.id)
    expect(await removeAll()).toBeGreaterThan(3)
    expect((await store.registry.subscriptions.get(again.id))?.state).toBe('active')
    expect((await ofIt(second.id)).items.length).toBe(others.length)
    const orphans = (table: string) =>
      file
        .prepare(
          `select count(*) as n from ${table} where subscription not in (select num from subscriptions)`,
        )
        .get()
    const tables = ['deliveries', 'history', 'queues', 'replays', 'verifications']
    expect(tables.map((table) => [table, orphans(table)])).toEqual(tables.map((table) => [table, { n: 0 }]))
    expect(rows().removals).toBe(0)
  })
})
