/** What the sixth migration makes of what waited, and of what was done with. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createStore, openFile } from '../../src/store/index.ts'
import { writeEarlierStore } from './earlier-store.ts'
import { claimQueues, LEASE_END, NOW, takeAll, vault } from './scene.ts'

const COMMON = `
  insert into tenants (id, subscribe, created_at) values ('acme', 'token', 0);
  insert into events (seq, jti, tenant, source, native, txn, category, name, accepted_at, content_type, body)
    values (1, 'one', 'acme', 'door', 'n', 't', 'login', 'succeeded', 5, 'text/plain', 'first'),
      (2, 'two', 'acme', 'door', 'n', 't', 'login', 'succeeded', 6, 'text/plain', 'second')`

let folder: string
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signet-migrate-'))
  path = join(folder, 'signet.db')
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('a store of before queues', () => {
  const storeBefore = (...rows: string[]): Promise<void> =>
    writeEarlierStore(path, 5, [COMMON, ...rows].join(';'))
  const subscribed = (num: number, changes = '') => `
    insert into subscriptions (num, id, tenant, topic, callback, origin, host, state, lease_expires_at, active_from,
        created_at, last_success_at, last_failure_at, last_failure)
      values (${num}, 's${num}', 'acme', 'https://hub.example/t', 'https://a.example/${num}', 'https://a.example',
        'a.example', 'active', ${LEASE_END}, 0, 0, 100, 200, 'refused (500)');
    ${changes && `update subscriptions set ${changes} where num = ${num}`}`
  const delivery = (num: number, subscription: number, event: number, rest: string) => `
    insert into deliveries (num, subscription, event, state, attempts, due_at, created_at, settled_at, claim,
      claimed_until) values (${num}, ${subscription}, ${event}, ${rest})`
  const receipt = (delivery: number, attempt: number, rest: string) =>
    `insert into receipts (delivery, attempt, at, ms, status, outcome) values (${delivery}, ${attempt}, ${rest})`
  const openStore = () => createStore(openFile(path), vault)

  it('keeps what waits, in its order and when it is due, and nothing claimed', async () => {
    await storeBefore(
      subscribed(1),
      delivery(7, 1, 2, `'waiting', 0, 60, 60, null, 'claimed by a process that is gone', ${NOW * 2}`),
      delivery(3, 1, 1, `'waiting', 2, ${NOW + 500}, 50, null, null, null`),
      receipt(3, 1, "51, 1, 500, 'refused'"),
      receipt(3, 2, "52, 2, null, 'timeout'"),
    )
    const store = await openStore()
    const shown = await store.registry.deliveries.get('3')
    const [first, ...others] = await takeAll(store)
    await store.expiry.freeClaims(NOW * 2)
    const later = await takeAll(store, { now: NOW + 500 })
    await store.close()
    expect(shown).toMatchObject({
      ...{ state: 'waiting', attempts: 2, due_at: NOW + 500, created_at: 50, settled_at: null, jti: 'one' },
      receipts: [
        { attempt: 1, sent_at: 51, ms: 1, status: 500, outcome: 'refused', said: null },
        { attempt: 2, sent_at: 52, ms: 2, status: null, outcome: 'timeout', said: null },
      ],
    })
    expect(others).toEqual([])
    expect(first?.sendable).toMatchObject({ id: '7', body: 'second', attempts: 0, spent: 0 })
    const due = later.map(({ sendable: { id, attempts, spent } }) => ({ id, attempts, spent }))
    expect(due).toEqual([
      { id: '7', attempts: 0, spent: 0 },
      { id: '3', attempts: 2, spent: 2 },
    ])
  })

  it('keeps what is done with, and its receipts in their order', async () => {
    await storeBefore(
      ...[subscribed(1), subscribed(2), subscribed(3)],
      delivery(1, 1, 1, "'delivered', 2, 0, 50, 70, null, null"),
      delivery(2, 2, 1, "'dead', 1, 0, 50, 80, null, null"),
      delivery(3, 3, 1, "'dropped', 0, 0, 50, 90, null, null"),
      receipt(1, 1, "51, 1, 500, 'refused'"),
      receipt(2, 1, "60, 9, null, 'tls'"),
      receipt(1, 2, "65, 5, 204, 'delivered'"),
    )
    const store = await openStore()
    const shown = await Promise.all(['1', '2', '3'].map((id) => store.registry.deliveries.get(id)))
    const taken = await takeAll(store)
    await store.close()
    expect(shown).toMatchObject([
      {
        ...{ state: 'delivered', attempts: 2, due_at: null, settled_at: 70, subscription: 's1' },
        receipts: [
          { attempt: 1, status: 500 },
          { attempt: 2, status: 204, outcome: 'delivered' },
        ],
      },
      { state: 'dead', attempts: 1, settled_at: 80, receipts: [{ status: null, outcome: 'tls' }] },
      { state: 'dropped', attempts: 0, settled_at: 90, receipts: [] },
    ])
    expect(taken).toEqual([])
  })

  it('gives no delivery a number that another had', async () => {
    await storeBefore(
      subscribed(1),
      delivery(41, 1, 1, "'delivered', 1, 0, 50, 70, null, null"),
      'delete from deliveries',
    )
    const store = await openStore()
    const event = {
      jti: 'x',
      txn: 't',
      category: 'system',
      name: 'test',
      contentType: 'text/plain',
      body: 'b',
    }
    const test = { tenant: 'acme', event, subscriptions: ['s1'], now: NOW }
    const made = await store.testInbox.accept(test)
    await store.close()
    expect(made).toEqual(['42'])
  })

  it('keeps how receivers did last, and sends nothing to whom nothing was to go', async () => {
    await storeBefore(
      ...[subscribed(1), subscribed(2, 'paused = 1'), subscribed(3, "state = 'ended', undelivered = 1")],
      ...[1, 2, 3].map((num) => delivery(num, num, 1, "'waiting', 0, 60, 60, null, null, null")),
    )
    const store = await openStore()
    const { items } = await store.registry.subscriptions.list({ limit: 9 })
    const { claimed } = await claimQueues(store)
    await store.registry.subscriptions.pause('s2', false, NOW)
    const resumed = await takeAll(store)
    await store.expiry.dropUndeliverable(NOW, 9)
    const ended = await store.registry.deliveries.get('3')
    await store.close()
    for (const item of items) {
      expect(item).toMatchObject({
        last_success_at: 100,
        last_failure_at: 200,
        last_failure: 'refused (500)',
      })
    }
    expect(items).toHaveLength(3)
    expect(claimed).toMatchObject([{ id: '1' }])
    expect(resumed.map(({ sendable }) => sendable.id)).toEqual(['2'])
    expect(ended).toMatchObject({ state: 'dropped' })
  })
})
