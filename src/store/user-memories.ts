/** What is remembered of users: keyed hashes and flags, read before and written with the events they decide. */
import type Sqlite from 'better-sqlite3'
import type { Memory, MemoryChange, Recalled } from '../core/memory.ts'
import type { Db } from './tables.ts'

/** Below what SQLite binds in one statement. */
const AT_ONCE = 10_000

export async function recall(db: Db, source: string, users: readonly string[]): Promise<Recalled> {
  const recalled = new Map<string, { version: number; memory: Memory }>()
  for (let from = 0; from < users.length; from += AT_ONCE) {
    const rows = await db
      .selectFrom('user_memories')
      .select(['num', 'user_hash', 'memory'])
      .where('source', '=', source)
      .where('user_hash', 'in', users.slice(from, from + AT_ONCE))
      .execute()
    for (const { num, user_hash, memory } of rows) {
      recalled.set(user_hash, { version: num, memory: JSON.parse(memory) as Memory })
    }
  }
  return recalled
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
