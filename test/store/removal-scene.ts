/** A store with one of everything that a tenant has, and a look at what is left of it. */
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type Sqlite from 'better-sqlite3'
import { expect } from 'vitest'
import { NEW_QUEUE } from '../../src/core/queue-state.ts'
import type { Source } from '../../src/core/source.ts'
import { createStore, openFile, type Store } from '../../src/store/index.ts'
import { writeEmptyStore } from '../support/empty-store.ts'
import {
  claimIntents,
  claimQueues,
  fanOutAll,
  intentRequest,
  NOW,
  signedEvent,
  source,
  subscription,
  vault,
} from './scene.ts'

export const topicOf = (tenant: string) => `https://hub.example/topics/${tenant}`
export const named = (tenant: string) => `${tenant}.sessions`
export const url = (tenant: string, n: number) => `https://${tenant}-${n}.example/cb`
const sourceOf = (tenant: string): Source => ({ ...source, id: `${tenant}-door`, tenant })

export type RemovalScene = Awaited<ReturnType<typeof removalScene>>

export async function removalScene() {
  const folder = mkdtempSync(join(tmpdir(), 'signet-removals-'))
  const path = join(folder, 'signet.db')
  await writeEmptyStore(path)
  let file: Sqlite.Database
  let store: Store

  async function open(): Promise<void> {
    file = openFile(path)
    store = await createStore(file, vault)
  }
  await open()

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
    await store.contents.accept({
      ...content,
      source: door,
      key: randomUUID(),
      topic: named(tenant),
      now: NOW,
    })
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

  return {
    get store() {
      return store
    },
    get file() {
      return file
    },
    agreeAll,
    fill,
    deliverSome,
    deliverAll,
    rows,
    changes,
    removeAll,
    denials,
    shownOf,
    /** As after a crash. */
    async reopen() {
      await store.close()
      await open()
    },
    async close() {
      await store.close()
      rmSync(folder, { recursive: true })
    },
  }
}
