/** Deliveries for one subscription alone, as a replay makes them: behind whatever else it gets. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createEnqueue } from '../../src/store/enqueue.ts'
import { createStore, openFile, type Store } from '../../src/store/index.ts'
import {
  accept,
  callback,
  claimQueues,
  fanOutAll,
  NOW,
  populate,
  settle,
  subscribe,
  subscription,
  sweep,
  takeAll,
  takeOnly,
  takeTurn,
  vault,
} from './scene.ts'

let folder: string
let file: Sqlite.Database
let store: Store

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'signet-enqueue-'))
  file = openFile(join(folder, 'signet.db'))
  store = await createStore(file, vault)
  await populate(store)
  await subscribe(store, 'a')
  // Nothing of an earlier life waits: until that is sure, no replay is handed out.
  await sweep(store)
})
afterEach(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

const num = (sql: string): number => Number(file.prepare(sql).pluck().get())
/** One event that was delivered, and is to be delivered again. */
async function replay(dueAt = 0, gateAt = 0): Promise<string> {
  const jti = await accept(store)
  await fanOutAll(store)
  const taken = await takeOnly(store)
  await settle(store, taken, { state: 'delivered' }, undefined, { state: { ...taken.queue.state, gateAt } })
  const event = num(`select seq from events where jti = '${jti}'`)
  createEnqueue(file)(num('select num from subscriptions'), { event, dueAt, behind: true }, NOW)
  return jti
}
const bodies = async (take: number, takeRetries = 0) => {
  const [queue] = (await claimQueues(store)).claimed
  if (queue === undefined) throw new Error('nothing claimed')
  const { deliveries } = await takeTurn(store, queue, { take, takeRetries })
  return deliveries.map(({ body }) => body)
}

describe('a replay', () => {
  it('makes its queue ready, and is sent like any other', async () => {
    const jti = await replay()
    const taken = await takeOnly(store)
    expect(taken.sendable).toMatchObject({ body: `body of ${jti}`, attempts: 0 })
    await settle(store, taken, { state: 'delivered' })
    expect(await claimQueues(store)).toEqual({ claimed: [] })
  })

  it('goes behind what is new and what is tried again, whatever share retries have', async () => {
    const replayed = await replay()
    const retried = await accept(store)
    await fanOutAll(store)
    const [queue] = (await claimQueues(store)).claimed
    if (queue === undefined) throw new Error('nothing claimed')
    const [sendable] = (await takeTurn(store, queue, { take: 1 })).deliveries
    if (sendable === undefined) throw new Error('nothing handed out')
    expect(sendable.body).toBe(`body of ${retried}`)
    await settle(store, { queue, sendable }, { state: 'waiting', dueAt: NOW, rejections: 0 })
    const fresh = await accept(store)
    await fanOutAll(store)
    expect(await bodies(9, 9)).toEqual([retried, fresh, replayed].map((jti) => `body of ${jti}`))
  })

  it('that failed waits its turn behind the others again', async () => {
    const replayed = await replay()
    await settle(store, await takeOnly(store), { state: 'waiting', dueAt: NOW + 100, rejections: 0 })
    expect(await claimQueues(store, { now: NOW + 99 })).toEqual({ claimed: [], nextDue: NOW + 100 })
    const fresh = await accept(store)
    await fanOutAll(store)
    const taken = await takeAll(store, { now: NOW + 100 })
    expect(taken.map(({ sendable }) => sendable.body)).toEqual([`body of ${fresh}`, `body of ${replayed}`])
  })

  it('leaves alone a receiver that asked for it', async () => {
    await replay(0, NOW + 60_000)
    expect(await claimQueues(store)).toEqual({ claimed: [], nextDue: NOW + 60_000 })
  })

  it('is not sent before its time, nor of a subscription that is paused', async () => {
    const { id } = await subscription(store, callback('a'))
    await replay(NOW + 500)
    expect(await claimQueues(store)).toEqual({ claimed: [], nextDue: NOW + 500 })
    await store.registry.subscriptions.pause(id, true, NOW)
    expect(await takeAll(store, { now: NOW + 500 })).toEqual([])
  })
})
