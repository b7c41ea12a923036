import type Sqlite from 'better-sqlite3'

/**
 * A walk over rows, a few of them a step and round again from the beginning: what has to stay is passed over once a
 * round, not at every step. Where it stands is kept in memory, since to begin anew costs no more than time.
 *
 * @param start the place before the first row
 * @param look selects the places of the next `@limit` rows behind one
 * @param change what is done with the row of a place
 * @returns a step, to be called within a commit, which tells how many rows it changed
 */
export function createRound(
  file: Sqlite.Database,
  start: object,
  look: string,
  change: string,
): (named: { limit: number; now?: number; before?: number }) => number {
  const next = file.prepare<[object], object>(look)
  const one = file.prepare(change)
  let place = start
  return (named) => {
    const rows = next.all({ ...named, ...place })
    const changed = rows.reduce((sum, row) => sum + one.run({ ...named, ...row }).changes, 0)
    place = rows.length < named.limit ? start : (rows.at(-1) ?? start)
    return changed
  }
}
