/** What is remembered of users: keyed hashes and flags, read before and written with the events they decide. */
import type Sqlite from 'better-sqlite3'
import type { Memory, MemoryChange, Recalled } from '../core/memory.ts'
import type { Row } from './tables.ts'

/** @returns what tells what is remembered of these users of a source */
export function createRecall(file: Sqlite.Database): (source: string, users: readonly string[]) => Recalled {
  const find = file.prepare<[string, string], Row<'user_memories'>>(
    'select * from user_memories where source = ? and user_hash in (select value from json_each(?))',
  )
  return (source, users) => {
    const rows = find.all(source, JSON.stringify(users))
    return new Map(
      rows.map(({ num, user_hash, memory }) => [
        user_hash,
        { version: num, memory: JSON.parse(memory) as Memory },
      ]),
    )
  }
}

type Remember = (source: string, memory: { changes: readonly MemoryChange[]; atMost: number }) => boolean

/**
 * @returns what writes it, within a commit; that tells false when a memory is not the one that a change was decided
 *   on: then nothing of the commit may stay
 */
export function createRemember(file: Sqlite.Database): Remember {
  const numOf = file.prepare<[string, string], { num: number }>(
    'select num from user_memories where source = ? and user_hash = ?',
  )
  const forget = file.prepare('delete from user_memories where num = ? and source = ? and user_hash = ?')
  const insert = file.prepare(
    'insert into user_memories (source, user_hash, memory) values (?, ?, ?) on conflict do nothing',
  )
  const count = file.prepare<[number, string], { users_remembered: number }>(
    'update sources set users_remembered = users_remembered + ? where id = ? returning users_remembered',
  )
  const forgetOldest = file.prepare(
    `delete from user_memories where num in
       (select num from user_memories where source = ? order by num limit ?)`,
  )

  /** The new memory is a new row: its number says that it changed, and when, compared with others. */
  function replace(source: string, { user, was, becomes }: MemoryChange): boolean {
    if (becomes === 'same') {
      const row = numOf.get(source, user)
      return row !== undefined && row.num === was
    }
    if (was !== undefined && forget.run(was, source, user).changes === 0) return false
    return becomes === undefined || insert.run(source, user, JSON.stringify(becomes)).changes > 0
  }

  return (source, { changes, atMost }) => {
    if (!changes.every((change) => replace(source, change))) return false
    const became = changes.filter(({ becomes }) => becomes !== undefined).length
    const were = changes.filter(({ was }) => was !== undefined).length
    if (became === were) return true
    const beyond = (count.get(became - were, source)?.users_remembered ?? 0) - atMost
    if (beyond > 0) {
      forgetOldest.run(source, beyond)
      count.get(-beyond, source)
    }
    return true
  }
}
