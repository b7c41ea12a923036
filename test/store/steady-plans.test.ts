/** What a plan is made by is seen where a partial index might serve one value and not another. */
import Sqlite from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { withSteadyPlans } from '../../src/store/steady-plans.ts'

const file = new Sqlite(':memory:')
file.exec(`create table things (name text, kind text);
  create index things_rare on things (kind) where kind = 'rare';
  insert into things values ('a?', 'rare'), ('b', 'usual'), ('@c', 'usual')`)
const steady = withSteadyPlans(file)

describe('withSteadyPlans', () => {
  it('does not plan by what is bound', () => {
    const plan = 'explain query plan select name from things where kind = ?'
    const usesIndex = (of: Sqlite.Database) =>
      JSON.stringify(of.prepare(plan).all('rare')).includes('things_rare')
    expect([usesIndex(file), usesIndex(steady)]).toEqual([true, false])
  })

  it('changes nothing of what a statement says, by place or by name', () => {
    const names = (sql: string, ...bound: (string | number | object)[]) =>
      steady
        .prepare(`select name from things where ${sql}`)
        .pluck()
        .all(...bound)
    expect(names('kind = ? limit ?', 'usual', 1)).toEqual(['b'])
    expect(names("name <> 'b' and kind = @kind limit @most", { kind: 'usual', most: 5 })).toEqual(['@c'])
    expect(names("name in ('a?', '@c') and kind = ?", 'rare')).toEqual(['a?'])
    expect(names("-- it's a comment?\nkind = ? -- and one more, @most\n and name <> 'x'", 'rare')).toEqual([
      'a?',
    ])
    steady.prepare('insert into things values (?, ?)').run('d', 'more')
    expect(names('kind = ?', 'more')).toEqual(['d'])
  })

  it('is the same file in all else', () => {
    steady.exec('begin')
    expect(file.inTransaction).toBe(true)
    file.exec('rollback')
    expect(steady.inTransaction).toBe(false)
  })
})
