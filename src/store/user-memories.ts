/** What is remembered of users: keyed hashes and flags, read before and written with the events they decide. */
import type { Memory, MemoryChange, Recalled } from '../core/memory.ts'
import type { Db, Tx } from './tables.ts'

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

/** @returns false when a memory is not the one that a change was decided on: the transaction must not commit */
export async function remember(
  tx: Tx,
  source: string,
  { changes, atMost }: { changes: readonly MemoryChange[]; atMost: number },
): Promise<boolean> {
  for (const change of changes) if (!(await replace(tx, source, change))) return false
  const became = changes.filter(({ becomes }) => becomes !== undefined).length
  const were = changes.filter(({ was }) => was !== undefined).length
  if (became === were) return true
  const { users_remembered: remembered } = await tx
    .updateTable('sources')
    .set((eb) => ({ users_remembered: eb('users_remembered', '+', became - were) }))
    .where('id', '=', source)
    .returning('users_remembered')
    .executeTakeFirstOrThrow()
  if (remembered > atMost) await forgetOldest(tx, source, remembered - atMost)
  return true
}

/** The new memory is a new row: its number says that it changed, and when, compared with others. */
async function replace(tx: Tx, source: string, { user, was, becomes }: MemoryChange): Promise<boolean> {
  if (becomes === 'same') {
    const row = await tx
      .selectFrom('user_memories')
      .select('num')
      .where('source', '=', source)
      .where('user_hash', '=', user)
      .executeTakeFirst()
    return row !== undefined && row.num === was
  }
  if (was !== undefined) {
    const { numDeletedRows } = await tx
      .deleteFrom('user_memories')
      .where('num', '=', was)
      .where('source', '=', source)
      .where('user_hash', '=', user)
      .executeTakeFirst()
    if (numDeletedRows === 0n) return false
  }
  if (becomes === undefined) return true
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('user_memories')
    .values({ source, user_hash: user, memory: JSON.stringify(becomes) })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  return numInsertedOrUpdatedRows !== 0n
}

async function forgetOldest(tx: Tx, source: string, many: number): Promise<void> {
  await tx
    .deleteFrom('user_memories')
    .where('num', 'in', (eb) =>
      eb.selectFrom('user_memories').select('num').where('source', '=', source).orderBy('num').limit(many),
    )
    .execute()
  await tx
    .updateTable('sources')
    .set((eb) => ({ users_remembered: eb('users_remembered', '-', many) }))
    .where('id', '=', source)
    .execute()
}
