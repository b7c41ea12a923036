/** Lists that are narrowed: what they show, the plans they go by, and their cursors while rows come and move. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type Sqlite from 'better-sqlite3'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { NEW_QUEUE } from '../../src/core/queue-state.ts'
import type { DeliveryFilters, PageRequest } from '../../src/core/list.ts'
import { createStore, openFile, type Store } from '../../src/store/index.ts'
import {
  accept,
  acceptMany,
  callback,
  claimQueues,
  fanOutAll,
  NOW,
  populate,
  subscribe,
  subscription,
  vault,
} from './scene.ts'

let folder: string
let file: Sqlite.Database
let store: Store
/** What was prepared since the store was made. */
const prepared: string[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'signet-lists-'))
  file = openFile(join(folder, 'signet.db'))
  const prepare = file.prepare.bind(file)
  file.prepare = (sql: string) => {
    prepared.push(sql)
    return prepare(sql)
  }
  store = await createStore(file, vault)
  await populate(store)
  await subscribe(store, 'a', 'b')
  // More than one look sees.
  for (let n = 0; n < 5; n += 1) await acceptMany(store, 500)
  await fanOutAll(store)
})

afterAll(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

const idOf = async (name: string): Promise<string> => (await subscription(store, callback(name))).id

/** Takes what is next of a queue, and says what came of it. */
async function settleSome(state: 'delivered' | 'dead' | 'waiting', take: number, limit = 1): Promise<void> {
  const { claimed } = await claimQueues(store, { limit })
  for (const queue of claimed) {
    const turn = {
      settled: [],
      state: NEW_QUEUE,
      changed: false,
      underWay: [],
      take,
      takeRetries: 0,
      now: NOW,
      until: NOW + 10_000,
    }
    const { deliveries } = await store.queues.turn(queue, turn)
    const receipt = { at: NOW, ms: 1, outcome: state }
    const settlement = state === 'waiting' ? ({ state, dueAt: NOW, rejections: 0 } as const) : { state }
    const settled = deliveries.map(({ id }) => ({ id, settlement, receipt }))
    await store.queues.turn(queue, { ...turn, settled, take: 0 })
  }
}

const listed = (filters: DeliveryFilters, page: PageRequest) =>
  store.registry.deliveries.list({ ...filters, ...page })

async function allOf(
  filters: DeliveryFilters,
  limit: number,
  meanwhile: () => Promise<unknown> = () => Promise.resolve(),
): Promise<{ id: string; state: string }[]> {
  const found: { id: string; state: string }[] = []
  let after: string | undefined
  for (;;) {
    const { items, next } = await listed(filters, { limit, ...(after !== undefined && { after }) })
    expect(items.length).toBeLessThanOrEqual(limit)
    found.push(...items)
    if (next === null) return found
    expect(next).not.toBe(after)
    after = next
    await meanwhile()
  }
}

describe('deliveries', () => {
  it('of a subscription, of an event, of a tenant and in a state are those and no others', async () => {
    await settleSome('delivered', 5, 2)
    await settleSome('dead', 3, 1)
    const jti = await accept(store)
    await fanOutAll(store)
    const [a, b] = [await idOf('a'), await idOf('b')]
    const everything = await store.registry.deliveries.list({ limit: 10_000 })
    const expected = (fits: (item: (typeof everything.items)[number]) => boolean) =>
      everything.items.filter(fits).map(({ id }) => id)
    expect(everything.items.length).toBe(2 * 2_501)
    const cases: [DeliveryFilters, string[]][] = [
      [{ subscription: a }, expected((item) => item.subscription === a)],
      [
        { subscription: b, state: 'waiting' },
        expected((item) => item.subscription === b && item.state === 'waiting'),
      ],
      [
        { subscription: a, state: 'delivered' },
        expected((i) => i.subscription === a && i.state === 'delivered'),
      ],
      [{ subscription: a, state: 'dead' }, expected((i) => i.subscription === a && i.state === 'dead')],
      [{ subscription: b, state: 'dead' }, expected((i) => i.subscription === b && i.state === 'dead')],
      [{ event: jti }, expected((item) => item.jti === jti)],
      [{ event: jti, subscription: b }, expected((item) => item.jti === jti && item.subscription === b)],
      [{ event: jti, state: 'delivered' }, []],
      [{ state: 'delivered' }, expected(({ state }) => state === 'delivered')],
      [{ state: 'dead' }, expected(({ state }) => state === 'dead')],
      [{ state: 'waiting' }, expected(({ state }) => state === 'waiting')],
      [{ tenant: 'acme' }, expected(() => true)],
      [{ tenant: 'acme', state: 'dead' }, expected(({ state }) => state === 'dead')],
      [{ tenant: 'acme', topic: everything.items[0]?.topic ?? '' }, expected(() => true)],
      [{ tenant: 'other' }, []],
      [{ topic: 'nope' }, []],
      [{ subscription: 'nope' }, []],
      [{ event: 'nope' }, []],
    ]
    for (const [filters, ids] of cases) {
      expect([filters, (await allOf(filters, 500)).map(({ id }) => id)]).toEqual([filters, ids])
    }
    expect(expected(({ state }) => state === 'dead').length).toBe(3)
    expect(expected(({ state }) => state === 'delivered').length).toBe(10)
  })

  it('are shown once each and none left out, while they are made, tried, done with and brought back', async () => {
    const [a, jti] = [await idOf('a'), await accept(store)]
    const filters = fc.constantFrom<DeliveryFilters>(
      {},
      { subscription: a },
      { tenant: 'acme' },
      { event: jti },
    )
    const change = fc.constantFrom('accept', 'delivered', 'dead', 'waiting', 'retry')
    const property = fc.asyncProperty(
      filters,
      fc.integer({ min: 1, max: 400 }),
      fc.array(change),
      async (which, limit, changes) => {
        const before = await allOf(which, 500)
        const shown = await allOf(which, which.event === undefined ? 300 + limit : 1, async () => {
          for (const one of changes) {
            if (one === 'accept') {
              await accept(store)
              await fanOutAll(store)
            } else if (one === 'retry') {
              const { items } = await listed({ state: 'dead' }, { limit: 3 })
              for (const { id } of items)
                expect(await store.registry.deliveries.retry(id, NOW)).toBe('queued')
            } else await settleSome(one, 4)
          }
        })
        const ids = shown.map(({ id }) => id)
        expect(new Set(ids).size).toBe(ids.length)
        expect(before.map(({ id }) => id).filter((id) => !ids.includes(id))).toEqual([])
      },
    )
    await fc.assert(property, { numRuns: 12 })
  })
})

describe('the plans', () => {
  const kinds = {
    deliveries: [
      ...[{}, { tenant: 'acme' }, { subscription: 'a' }, { event: 'jti' }, { topic: 't' }],
      ...['waiting', 'delivered', 'dead', 'dropped'].flatMap((state) => [
        ...[{ state }, { state, tenant: 'acme' }, { state, subscription: 'a' }, { state, event: 'jti' }],
      ]),
    ],
    subscriptions: [
      ...[{}, { tenant: 'acme' }, { topic: 't' }, { subscriber: 's' }, { webhook: 'w' }],
      ...['pending', 'active', 'failing', 'paused', 'ended'].flatMap((state) => [
        { state },
        { state, topic: 't' },
      ]),
    ],
    events: [
      ...[{}, { tenant: 'acme' }, { source: 's' }, { category: 'c', name: 'n' }],
      ...[{ since: 1, until: 2 }, { since: 1, tenant: 'acme' }, { until: 2 }],
    ],
  }

  it('scan no table, and sort no more than a look sees', async () => {
    const [a, jti] = [await idOf('a'), await accept(store)]
    for (const [kind, asked] of Object.entries(kinds)) {
      const resource = store.registry[kind as 'events']
      for (const filters of asked) {
        const text = JSON.stringify(filters).replace('"a"', `"${a}"`).replace('"jti"', `"${jti}"`)
        await resource.list({ limit: 2, ...(JSON.parse(text) as object) })
      }
    }
    const statements = [...new Set(prepared)].filter((sql) =>
      /\bk0\b|candidates|offset 1999|json_each/.test(sql),
    )
    expect(statements.length).toBeGreaterThan(30)
    for (const sql of statements) {
      const parameters = sql.match(/\?/g)?.map(() => 1) ?? []
      const named = Object.fromEntries(sql.match(/@\w+/g)?.map((name) => [name.slice(1), 1]) ?? [])
      const plan = file
        .prepare<unknown[], { detail: string }>(`explain query plan ${sql}`)
        .all(parameters, named)
      const details = plan.map(({ detail }) => detail).join('\n')
      const isFew = sql.includes('select * from deliveries where subscription = @num limit')
      const scans = details
        .replace(isFew ? /^SCAN d$/m : '', '')
        .match(/^SCAN (?!\(subquery|candidates$|json_each|r$|.*queues_failing).*$/gm)
      expect([sql, scans]).toEqual([sql, null])
      // A look sorts what it has found; of those that fail, and of a queue that is short, there are few.
      const sorts =
        details.includes('USE TEMP B-TREE FOR ORDER BY') && !isFew && !sql.includes('failing_since')
      expect([sql, details, sorts]).toEqual([sql, details, false])
    }
  })
})
