/** The tables: frozen, compared, and never those of a newer version. */
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createStore, openFile } from '../../src/store/index.ts'
import { migrations } from '../../src/store/migrations/index.ts'
import { writeEarlierStore } from './earlier-store.ts'
import { claimSome, vault } from './scene.ts'

/**
 * What the tables are after each migration, as a hash of all `create` statements. A migration that was released
 * never changes: what differs here needs a new migration, with a line of its own.
 */
const SCHEMA = {
  '0001-first': '1d6a58a8a9557a5be7837a3bde86bd150d41b92ba4b911bfb7ddf429fa98d74a',
  '0002-user-memories': '69ca4b32ee51a0da40a8ee5d8cf7f26b3bcdcad3298ed30e3d627ccbf411c197',
  '0003-registered-topics': '41e084123f60eb7d7fe759bb86cd498761966be933bf22251292f7611cc966fb',
  '0004-web-topics': '8e9878a02e5798cd5170aa8a4c5f88e672cba80f087754a03a4b3c967503cf2c',
  '0005-verifications': '384d672d3fe81a788ceac00624f58fb8b903e621bf31bcb4ab0fc98a6ade9ac8',
  '0006-queues': 'ad9eb6e0250f9f6dd947a59aa07439829ac41af024451130a76fa58f5d1d1eb6',
  '0007-operator': 'bb927794c3f82440ff29cb546952f025105ad5dbfc9309eb43c828eb08f324ec',
  '0008-access': 'f509f7a3e7d77741f47bc22318c4dbe32c0f38fbc3bf5e50321b956ad553cbf2',
  '0009-crowds': '546d3c6425d56b310e9c38e7eb603b7b944fb7ed6114f14a7600d9956ac554cc',
}

let folder: string
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signet-migrate-'))
  path = join(folder, 'signet.db')
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('the migrations', () => {
  it('are these, in this order', () => {
    expect(Object.keys(migrations)).toEqual(Object.keys(SCHEMA))
  })

  it('make the tables that they always made', async () => {
    const file = openFile(path)
    const store = await createStore(file, vault)
    const created = file
      .prepare(
        "select sql from sqlite_schema where sql is not null and name not like 'kysely%' order by name",
      )
      .pluck()
      .all()
    await store.close()
    const hash = createHash('sha256').update(created.join(';\n').replace(/\s+/g, ' ')).digest('hex')
    expect(hash).toBe(Object.values(SCHEMA).at(-1))
  })

  it('change nothing the second time', async () => {
    for (let start = 0; start < 2; start += 1) {
      const store = await createStore(openFile(path), vault)
      await store.settings.set('start', String(start))
      await store.close()
    }
  })
})

describe('a store of the first version', () => {
  it('keeps its sources, whose events may be of any age', async () => {
    await writeEarlierStore(
      path,
      1,
      `insert into tenants values ('acme', 'token', 0);
      insert into sources values ('door', 'acme', 'casdoor', 'https://i.example', 'bearer', 'x', '[]', 0);
      insert into sources values ('logto', 'acme', 'logto', 'https://i.example', 'hmac', 'x', '[]', 0)`,
    )
    const store = await createStore(openFile(path), vault)
    const { items } = await store.registry.sources.list({ limit: 10 })
    await store.close()
    expect(items.map(({ id, max_age }) => [id, max_age])).toEqual([
      ['door', null],
      ['logto', null],
    ])
  })
})

describe('a store of the fourth version', () => {
  it('keeps what callbacks are still to be asked and told', async () => {
    const numbered = 'num, id, tenant, topic, callback, origin, host, state, created_at'
    await writeEarlierStore(
      path,
      4,
      `insert into tenants values ('acme', 'token', 0);
      insert into subscriptions (${numbered})
        values (1, 's1', 'acme', 't', 'https://a.example/', 'https://a.example', 'a.example', 'pending', 0),
          (2, 's2', 'acme', 't', 'https://b.example/', 'https://b.example', 'b.example', 'ended', 0);
      insert into intents (id, subscription, mode, reason, lease_seconds, attempts, due_at, verify_token)
        values ('i1', 1, 'subscribe', null, 60, 1, 5, 'v'), ('i2', 2, 'denied', 'over', 0, 0, 5, null)`,
    )
    const store = await createStore(openFile(path), vault)
    expect(await claimSome(store, 9, 9, 5)).toMatchObject([
      {
        ...{ id: 'i1', mode: 'subscribe', topic: 't', callback: 'https://a.example/' },
        ...{ leaseSeconds: 60, attempts: 1, verifyToken: 'v' },
      },
      { id: 'i2', mode: 'denied', topic: 't', callback: 'https://b.example/', reason: 'over' },
    ])
    await store.close()
  })
})

describe('a store that a newer version wrote', () => {
  beforeEach(async () => {
    const store = await createStore(openFile(path), vault)
    await store.close()
    const file = openFile(path)
    file.exec("insert into kysely_migration (name, timestamp) values ('0002-later', '2030-01-01')")
    file.close()
  })

  it('is refused in a sentence', async () => {
    await expect(createStore(openFile(path), vault)).rejects.toThrow(
      'The store was written by a newer version of Signet (it has 0002-later); start that version or a later one.',
    )
  })

  it('is left alone: the file is free again', async () => {
    await expect(createStore(openFile(path), vault)).rejects.toThrow()
    expect(() => openFile(path).close()).not.toThrow()
  })
})
