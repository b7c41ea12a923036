/** What only SQLite can get wrong: durability, exclusiveness, and the machine's faults. */
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createStore, openFile, type Store } from '../../src/store/index.ts'
import {
  accept,
  deliveries,
  fanOutAll,
  NOW,
  populate,
  signedEvent,
  source,
  subscribe,
  takeAll,
  vault,
} from './scene.ts'

let folder: string
let path: string
let file: Sqlite.Database
let store: Store
let commitFails: boolean

/** As on a disk that has no room for the pages of a commit: SQLite rolls back, then tells. */
function failCommitsOnDemand(database: Sqlite.Database): Sqlite.Database {
  const prepare = database.prepare.bind(database)
  const failing = (sql: string) => {
    const statement = prepare(sql)
    const run = statement.run.bind(statement)
    statement.run = (...parameters) => {
      if (sql !== 'commit' || !commitFails) return run(...parameters)
      database.exec('rollback')
      throw new Sqlite.SqliteError('database or disk is full', 'SQLITE_FULL')
    }
    return statement
  }
  return Object.assign(database, { prepare: failing })
}

beforeEach(async () => {
  commitFails = false
  folder = mkdtempSync(join(tmpdir(), 'signet-database-'))
  path = join(folder, 'inner', 'signet.db')
  file = failCommitsOnDemand(openFile(path))
  store = await createStore(file, vault)
})
afterEach(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

const pragma = (name: string): unknown => file.pragma(name, { simple: true })
const reopen = async () => {
  await store.close()
  file = openFile(path)
  store = await createStore(file, vault)
}

describe('the open file', () => {
  it('commits to the disk: WAL, flushed at every commit', () => {
    expect(pragma('journal_mode')).toBe('wal')
    expect(pragma('synchronous')).toBe(2)
  })

  it('keeps references whole', () => {
    expect(pragma('foreign_keys')).toBe(1)
  })

  it('can be read by nobody else', () => {
    const modes = readdirSync(join(folder, 'inner')).map((name) => [
      name,
      (statSync(join(folder, 'inner', name)).mode & 0o777).toString(8),
    ])
    expect(Object.fromEntries(modes)).toEqual({ 'signet.db': '600', 'signet.db-wal': '600' })
    expect((statSync(join(folder, 'inner')).mode & 0o777).toString(8)).toBe('700')
  })

  it('is refused to a second hub, in a sentence', () => {
    expect(() => openFile(path)).toThrow(
      `${path} is in use by another process; one hub at a time may have it.`,
    )
  })

  it('is free again once it is closed', async () => {
    await reopen()
    await expect(store.checkWritable(NOW)).resolves.toBeUndefined()
  })

  it.each([
    [
      'is no database',
      () => writeFileSync(join(folder, 'x'), 'not a database, by far not one '.repeat(100)),
      'x',
    ],
    ['is a folder', () => undefined, '.'],
    ['lies in a file', () => writeFileSync(join(folder, 'x'), ''), 'x/signet.db'],
  ])('is refused in a sentence when it %s', (_, prepare, name) => {
    prepare()
    expect(() => openFile(join(folder, name))).toThrow(/^\S+ cannot be opened as a store: .+\.$/)
  })
})

describe('a restart', () => {
  it('keeps everything and frees what was claimed', async () => {
    await populate(store)
    await subscribe(store, 'a')
    const jti = await accept(store)
    await fanOutAll(store)
    expect(await takeAll(store)).toHaveLength(1)
    expect(await takeAll(store)).toEqual([])
    await reopen()
    expect(await deliveries(store)).toMatchObject([{ jti, state: 'waiting' }])
    expect(await takeAll(store)).toHaveLength(1)
  })

  it('goes on with a fan-out where it stopped', async () => {
    await populate(store)
    await subscribe(store, 'a', 'b', 'c')
    await accept(store)
    await store.fanOut.next(2, NOW)
    await reopen()
    await fanOutAll(store)
    expect(await deliveries(store)).toHaveLength(3)
  })
})

describe('a fault of the machine', () => {
  beforeEach(() => populate(store))

  const unavailable = (code: string) => ({
    name: 'Refusal',
    code: 'unavailable',
    message: `The hub cannot use its store now (${code}); try again later.`,
  })
  const big = 'x'.repeat(100_000)
  const acceptBig = (key: string) =>
    store.inbox.accept({
      source,
      name: 'n',
      key,
      now: NOW,
      events: [signedEvent(), signedEvent({ body: big })],
    })

  it('on a full disk is told as such, and nothing has changed', async () => {
    file.pragma(`max_page_count = ${Number(pragma('page_count'))}`)
    await expect(acceptBig('k')).rejects.toMatchObject(unavailable('SQLITE_FULL'))
    expect(await store.inbox.knows('door', 'k')).toBe(false)
    expect((await store.registry.events.list({ limit: 9 })).items).toEqual([])

    file.pragma('max_page_count = 1000000')
    expect(await acceptBig('k')).toBe('accepted')
  })

  it('that rolled the transaction back by itself is told as such', async () => {
    commitFails = true
    await expect(acceptBig('k')).rejects.toMatchObject(unavailable('SQLITE_FULL'))
    commitFails = false
    expect(await acceptBig('k')).toBe('accepted')
  })

  it('on a disk that may only be read is told as such, and is over when it is over', async () => {
    file.pragma('query_only = on')
    await expect(store.checkWritable(NOW)).rejects.toMatchObject(unavailable('SQLITE_READONLY'))
    await expect(acceptBig('k')).rejects.toMatchObject(unavailable('SQLITE_READONLY'))
    expect(await store.inbox.knows('door', 'k')).toBe(false)

    file.pragma('query_only = off')
    await expect(store.checkWritable(NOW)).resolves.toBeUndefined()
    expect(await acceptBig('k')).toBe('accepted')
  })

  it('is told apart from a fault of the program', async () => {
    const twin = signedEvent()
    const accept = (key: string) => store.inbox.accept({ source, name: 'n', key, now: NOW, events: [twin] })
    await accept('first')
    await expect(accept('second')).rejects.toMatchObject({ code: 'SQLITE_CONSTRAINT_UNIQUE' })
  })
})
