import type Sqlite from 'better-sqlite3'

/** What went; `isGone` when nothing is left of the event. */
interface Removed {
  waiting: number
  history: number
  isGone: boolean
}

/** @returns what removes an event with all that came of it, within a commit, as far as so many rows of its deliveries go */
export function createEventRemoval(file: Sqlite.Database): (seq: number, limit: number) => Removed {
  // First: the topics show it no more, and no more deliveries are made of it.
  const unpublish = file.prepare('delete from publications where seq = ?')
  const of = (table: string) =>
    file.prepare(`delete from ${table} where num in (select num from ${table} where event = ? limit ?)`)
  const [deliveries, done] = [of('deliveries'), of('history')]
  const remove = file.prepare('delete from events where seq = ?')
  return (seq, limit) => {
    unpublish.run(seq)
    const waiting = deliveries.run(seq, limit).changes
    const history = done.run(seq, limit - waiting).changes
    const isGone = waiting + history < limit
    if (isGone) remove.run(seq)
    return { waiting, history, isGone }
  }
}
