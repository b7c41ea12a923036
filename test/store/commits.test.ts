/** Commits that are shared, on a real file: one statement `commit` is one write to the disk. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Commits, createCommits } from '../../src/store/commits.ts'
import { openFile } from '../../src/store/sqlite-file.ts'

const FULL = 2
const NORMAL = 1

let folder: string
let file: Sqlite.Database
let commits: Commits
let commitFails: boolean
/** The level of flushing at each commit. */
let committed: number[]

const synchronous = () => Number(file.pragma('synchronous', { simple: true }))

/** Notes every commit, and has it fail on demand as on a disk that has no room: SQLite rolls back, then tells. */
function watchCommits(database: Sqlite.Database): Sqlite.Database {
  const prepare = database.prepare.bind(database)
  const watched = (text: string) => {
    const statement = prepare(text)
    const run = statement.run.bind(statement)
    if (text !== 'commit') return statement
    statement.run = (...parameters) => {
      if (commitFails) {
        database.exec('rollback')
        throw new Sqlite.SqliteError('database or disk is full', 'SQLITE_FULL')
      }
      committed.push(synchronous())
      return run(...parameters)
    }
    return statement
  }
  return Object.assign(database, { prepare: watched })
}

beforeEach(() => {
  committed = []
  commitFails = false
  folder = mkdtempSync(join(tmpdir(), 'signet-commits-'))
  file = watchCommits(openFile(join(folder, 'signet.db')))
  file.exec('create table things (name text primary key)')
  commits = createCommits(file, { committed: () => undefined }, { soon: () => undefined })
})
afterEach(() => {
  file.close()
  rmSync(folder, { recursive: true })
})

const put = (name: string) => file.prepare('insert into things values (?)').run(name).changes
const things = () => file.prepare('select name from things order by name').pluck().all()
const unavailable = (code = 'SQLITE_FULL') => ({
  name: 'Refusal',
  code: 'unavailable',
  message: `The hub cannot use its store now (${code}); try again later.`,
})
const settled = async (asked: Promise<unknown>[]) =>
  (await Promise.allSettled(asked)).map((result) =>
    result.status === 'fulfilled' ? result.value : (result.reason as Error).message,
  )

describe('changes', () => {
  it('that are asked for at once share a commit, and each is told what it returned', async () => {
    const asked = ['a', 'b', 'c'].map((name) => commits.durable(() => `${name} ${put(name)}`))
    expect(committed).toEqual([])
    expect(await Promise.all(asked)).toEqual(['a 1', 'b 1', 'c 1'])
    expect(committed).toHaveLength(1)
    expect(things()).toEqual(['a', 'b', 'c'])
  })

  it('are made in the order in which they were asked for, and see those before them', async () => {
    const seen = await Promise.all(
      ['c', 'a', 'b'].map((name) =>
        commits.durable(() => {
          put(name)
          return things()
        }),
      ),
    )
    expect(seen).toEqual([['c'], ['a', 'c'], ['a', 'b', 'c']])
  })

  it('are on the disk once they are told', async () => {
    await commits.durable(() => put('a'))
    expect(file.inTransaction).toBe(false)
    expect(committed).toHaveLength(1)
    await commits.durable(() => put('b'))
    expect(committed).toHaveLength(2)
  })

  it('are no more than some to a commit, however many are asked for', async () => {
    const names = Array.from({ length: 150 }, (_, n) => `thing ${n}`)
    await Promise.all(names.map((name) => commits.durable(() => put(name))))
    expect(committed).toHaveLength(Math.ceil(150 / 32))
    expect(things()).toHaveLength(150)
  })

  it('may be asked for by what follows from others', async () => {
    const chain = async (name: string, left: number): Promise<void> => {
      await commits.durable(() => put(`${name} ${left}`))
      if (left > 1) await chain(name, left - 1)
    }
    await Promise.all(['a', 'b', 'c', 'd'].map((name) => chain(name, 5)))
    expect(things()).toHaveLength(20)
    expect(committed.length).toBeLessThan(20)
  })
})

describe('a change that throws', () => {
  const fault = (name: string) => () => {
    put(name)
    throw new Error('no')
  }

  it('takes nothing of the others with it, and alone is told of it', async () => {
    const asked = [
      commits.durable(() => put('a')),
      commits.durable(fault('x')),
      commits.swift(() => put('b')),
    ]
    expect(await settled(asked)).toEqual([1, 'no', 1])
    expect(committed).toHaveLength(1)
    expect(things()).toEqual(['a', 'b'])
  })

  it('alone leaves nothing behind', async () => {
    await expect(commits.durable(fault('x'))).rejects.toThrow('no')
    expect(things()).toEqual([])
    expect(committed).toEqual([])
    expect(file.inTransaction).toBe(false)
    expect(synchronous()).toBe(FULL)
  })

  it('for a fault of the program is told that fault', async () => {
    await commits.durable(() => put('a'))
    const asked = [commits.durable(() => put('b')), commits.durable(() => put('a'))]
    const [, second] = await Promise.allSettled(asked)
    expect(second).toMatchObject({ reason: { code: 'SQLITE_CONSTRAINT_PRIMARYKEY' } })
    expect(things()).toEqual(['a', 'b'])
  })

  it('for a fault of the machine is told so, among others as alone', async () => {
    file.pragma(`max_page_count = ${Number(file.pragma('page_count', { simple: true }))}`)
    const big = () => put('x'.repeat(100_000))
    await expect(commits.durable(big)).rejects.toMatchObject(unavailable())
    const asked = [commits.durable(big), commits.durable(big)]
    for (const one of await Promise.allSettled(asked)) expect(one).toMatchObject({ reason: unavailable() })
    file.pragma('max_page_count = 1000000')
    expect(await commits.durable(big)).toBe(1)
  })

  it('for a fault that leaves the transaction open is told so, and the others are committed', async () => {
    const unreadable = () => {
      throw new Sqlite.SqliteError('disk I/O error', 'SQLITE_IOERR_READ')
    }
    const asked = [commits.durable(() => put('a')), commits.durable(unreadable)]
    const [first, second] = await Promise.allSettled(asked)
    expect(first).toMatchObject({ value: 1 })
    expect(second).toMatchObject({ reason: unavailable('SQLITE_IOERR_READ') })
  })
})

describe('a commit that fails', () => {
  it('rejects all that were in it, and nothing of them has changed', async () => {
    commitFails = true
    const asked = [commits.durable(() => put('a')), commits.swift(() => put('b'))]
    for (const one of await Promise.allSettled(asked)) expect(one).toMatchObject({ reason: unavailable() })
    expect(things()).toEqual([])
    expect(synchronous()).toBe(FULL)
    commitFails = false
    expect(await commits.durable(() => put('a'))).toBe(1)
    expect(things()).toEqual(['a'])
  })
})

describe('the disk', () => {
  it('is waited for by durable changes, and by swift ones that go with them', async () => {
    await commits.durable(() => put('a'))
    await Promise.all([commits.swift(() => put('b')), commits.durable(() => put('c'))])
    expect(committed).toEqual([FULL, FULL])
  })

  it('is not waited for by swift changes', async () => {
    await Promise.all([commits.swift(() => put('a')), commits.swift(() => put('b'))])
    expect(committed).toEqual([NORMAL])
    expect(things()).toEqual(['a', 'b'])
  })

  it('is waited for by everything else, whatever was swift before', async () => {
    await commits.swift(() => put('a'))
    expect(synchronous()).toBe(FULL)
    file.prepare('begin').run()
    put('b')
    file.prepare('commit').run()
    await expect(
      commits.swift(() => {
        throw new Error('no')
      }),
    ).rejects.toThrow()
    expect(synchronous()).toBe(FULL)
    expect(committed).toEqual([NORMAL, FULL])
  })
})

describe('closing the store', () => {
  it('is told to those who wait, and to those who come later', async () => {
    await commits.durable(() => 'opened')
    // What is asked for from here on waits for another turn.
    await nextTurn()
    const waiting = [commits.durable(() => put('a')), commits.swift(() => put('b'))]
    const told = Promise.allSettled(waiting)
    file.close()
    expect((await told).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    await expect(commits.durable(() => put('c'))).rejects.toThrow()
    expect(committed).toHaveLength(1)
  })
})
