import type Sqlite from 'better-sqlite3'

/** @returns what ends deliveries without another attempt, within a commit, and tells how many it ended */
export function createDiscard(
  file: Sqlite.Database,
): (deliveries: readonly { num: number }[], state: 'dropped' | 'dead', now: number) => number {
  const record = file.prepare(
    `insert into history (num, subscription, event, state, attempts, log, created_at, settled_at)
     select num, subscription, event, ?, attempts, log, created_at, ? from deliveries where num = ?`,
  )
  const remove = file.prepare('delete from deliveries where num = ?')
  return (deliveries, state, now) => {
    for (const { num } of deliveries) {
      record.run(state, now, num)
      remove.run(num)
    }
    return deliveries.length
  }
}
