/** `kill -9` at the steps of what concerns many deliveries, or none: fan-out, recovery, verification, removal. */
import Sqlite from 'better-sqlite3'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { until } from '../support/until.ts'
import { activeCallbacks, admin, subscribed, subscriptions, topic } from './client.ts'
import type { KillPoint } from './saboteur.ts'
import { CONCURRENCY, identifiers, type Scene, SERVED_WITHIN_MS, startScene } from './scene.ts'

let scene: Scene

beforeAll(async () => {
  scene = await startScene()
}, 60_000)

afterAll(() => scene.close())

beforeEach(async () => {
  if (!scene.program.isRunning()) await scene.program.start()
}, 60_000)

const PATIENT = { timeoutMs: SERVED_WITHIN_MS }
const eventually = (reached: () => Promise<boolean>): Promise<void> => until(reached, PATIENT)

/** The points before and after the commit that this statement is part of. */
const around = (statement: string, nth = 1): [string, KillPoint][] => [
  ['before the commit', { statement, nth, at: 'commit' }],
  ['after the commit', { statement, nth, at: 'committed' }],
]

describe('in a fan-out of many', () => {
  /** Three chunks. */
  const MANY = Array.from({ length: 1_200 }, (_, i) => `/many/${i}`)

  it.each(around('insert into deliveries', 2))('%s of a chunk', { timeout: 60_000 }, async (when, point) => {
    // Of its own for each run.
    const event = when.startsWith('before') ? 'login/challenged' : 'login/federated'
    const paths = MANY.map((path) => `${path}/${event}`)
    await scene.program.stop()
    seedSubscriptions(scene, paths, topic(`/${event}`))
    await scene.program.start()
    await scene.killedAt(point, () => scene.publish(identifiers(1), paths, event))
    const before = scene.ledger.duplicates()
    await scene.recover()
    expect(scene.ledger.owed()).toEqual([])
    expect(scene.ledger.duplicates() - before).toBeLessThanOrEqual(CONCURRENCY)
  })
})

/** Active since the beginning; to ask so many would take its time. */
function seedSubscriptions({ program, receiver }: Scene, paths: readonly string[], to: string): void {
  const database = new Sqlite(join(program.folder, 'signet.db'))
  const insert = database.prepare(
    `insert into subscriptions (id, tenant, topic, callback, origin, host, state, lease_expires_at, active_from, created_at)
     values (?, 'acme', ?, ?, ?, '127.0.0.1', 'active', ?, 0, 0)`,
  )
  const { origin } = new URL(receiver.url())
  database.transaction(() => {
    for (const path of paths) insert.run(path, to, receiver.url(path), origin, Date.now() + 864_000_000)
  })()
  database.close()
}

describe('when a receiver that failed comes back', () => {
  it.each(around('update deliveries set due_at = @now'))('%s', { timeout: 60_000 }, async (when, point) => {
    const path = `/back/${when.split(' ')[0] ?? ''}`
    const id = await scene.subscribe(path, topic('/login/blocked'))
    scene.reply(path, () => ({ status: 500 }))
    await scene.publish(identifiers(40), [path], 'login/blocked')
    await eventually(async () => {
      const { state } = await admin<{ state: string }>(scene.program, `/subscriptions/${id}`)
      return state === 'failing'
    })
    await scene.killedAt(point, () => {
      scene.reply(path)
      return Promise.resolve()
    })
    await scene.recover()
    // One at a time is probed.
    expect(scene.ledger.duplicates(path)).toBeLessThanOrEqual(1)
    expect(await admin(scene.program, `/subscriptions/${id}`)).toMatchObject({ state: 'active' })
    await admin(scene.program, `/subscriptions/${id}`, undefined, 'DELETE')
  })

  it('while it fails still', { timeout: 60_000 }, async () => {
    const path = '/fails-still'
    const id = await scene.subscribe(path, topic('/login/blocked'))
    const isFailing = async () =>
      (await admin<{ state: string }>(scene.program, `/subscriptions/${id}`)).state === 'failing'
    scene.reply(path, () => ({ status: 500 }))
    await scene.publish(identifiers(40), [path], 'login/blocked')
    await eventually(isFailing)
    await scene.program.kill()
    await scene.program.start()
    expect(await isFailing()).toBe(true)
    scene.reply(path)
    await scene.served()
    expect(scene.ledger.duplicates(path)).toBe(0)
  })
})

describe('in a verification, once the callback has agreed', () => {
  it.each(around('delete from intents where id'))('%s', { timeout: 60_000 }, async (when, point) => {
    const path = `/agreed/${when.split(' ')[0] ?? ''}`
    const asked = () => scene.receiver.requests.filter(({ url }) => url.startsWith(`${path}?`)).length
    await scene.killedAt(point, () =>
      subscribed(scene.program, scene.token, scene.receiver.url(path), topic('/device')),
    )
    expect(asked()).toBe(1)
    await scene.program.start()
    await eventually(async () => (await activeCallbacks(scene.program)).has(scene.receiver.url(path)))
    expect(asked()).toBe(point.at === 'commit' ? 2 : 1)
  })
})

describe('while what nobody is entitled to any more is dropped', () => {
  it.each(around('insert into history', 20))('%s', { timeout: 60_000 }, async (when, point) => {
    const [going, staying] = ['going', 'staying'].map((who) => `/${who}/${when.split(' ')[0] ?? ''}`) as [
      string,
      string,
    ]
    const ids = [
      await scene.subscribe(going, topic('/user/created')),
      await scene.subscribe(staying, topic('/user/created')),
    ]
    const pause = (paused: boolean, which: readonly string[]) =>
      Promise.all(which.map((id) => admin(scene.program, `/subscriptions/${id}`, { paused }, 'PATCH')))
    await pause(true, ids)
    await scene.publish(identifiers(40), [staying], 'user/created')
    const end = () =>
      subscribed(scene.program, scene.token, scene.receiver.url(going), topic('/user/created'), 'unsubscribe')
    await scene.killedAt(point, end)
    await scene.program.start()
    const [gone = ''] = ids
    expect((await subscriptions(scene.program)).find(({ id }) => id === gone)).toMatchObject({
      state: 'ended',
    })
    await pause(false, ids.slice(1))
    await scene.served()
    expect(scene.receiver.deliveries().filter(({ url }) => url === going)).toEqual([])
    expect(scene.ledger.duplicates(staying)).toBe(0)
  })
})

describe('while what is old is removed', () => {
  const removal: [string, KillPoint][] = [
    ['its history', { statement: 'delete from history', at: 'after' }],
    ...around('delete from events').map(([when, point]): [string, KillPoint] => [`itself, ${when}`, point]),
  ]
  it.each(removal)('%s', { timeout: 60_000 }, async (what, point) => {
    const [done, paused] = ['done', 'waiting'].map((who) => `/old/${who}/${what.replace(/\W/g, '-')}`) as [
      string,
      string,
    ]
    await scene.program.stop()
    await scene.program.start({ SIGNET_RETENTION: '1s' })
    const first = await scene.subscribe(done, topic('/token/revoked'))
    const id = await scene.subscribe(paused, topic('/token/issued'))
    await admin(scene.program, `/subscriptions/${id}`, { paused: true }, 'PATCH')
    await scene.publish(identifiers(20), [paused], 'token/issued')
    // Delivered, and old a second later.
    await scene.killedAt(point, () => scene.publish(identifiers(20), [done], 'token/revoked'))
    await scene.program.start({ SIGNET_RETENTION: '1s' })
    await admin(scene.program, `/subscriptions/${id}`, { paused: false }, 'PATCH')
    await scene.served()
    await eventually(
      async () => (await admin<{ items: unknown[] }>(scene.program, '/events')).items.length === 0,
    )
    await admin(scene.program, `/subscriptions/${first}`, undefined, 'DELETE')
    await admin(scene.program, `/subscriptions/${id}`, undefined, 'DELETE')
  })
})
