import type Sqlite from 'better-sqlite3'
import type { Retention } from '../core/store-ports.ts'
import type { Commits } from './commits.ts'
import { createRound } from './round.ts'

const FIRST_EVENT = { accepted_at: -1, seq: 0 }

/** Walks over what is old, a few rows a step and round again from the beginning. */
export function createRetention(commits: Commits, file: Sqlite.Database): Retention {
  const removeEvents = createOldEventRemoval(file)
  const forgetKeys = createRound(
    file,
    { accepted_at: -1, source: '', key: '' },
    `select accepted_at, source, key from native_events
     where (accepted_at, source, key) > (@accepted_at, @source, @key) and accepted_at <= @before
     order by accepted_at, source, key limit @limit`,
    // A key outlives the events that came with it, which bear its source and time.
    `delete from native_events where source = @source and key = @key and not exists (
       select 1 from events where accepted_at = @accepted_at and source = @source)`,
  )
  return {
    removeEvents: (before, limit) => commits.swift(() => removeEvents(before, limit)),
    forgetKeys: (before, limit) => commits.swift(() => forgetKeys({ before, limit })),
  }
}

/** Deliveries count as rows: an event may have had a hundred thousand subscriptions. */
function createOldEventRemoval(file: Sqlite.Database): (before: number, limit: number) => number {
  const next = file.prepare<[object], typeof FIRST_EVENT>(
    `select accepted_at, seq from events
     where (accepted_at, seq) > (@accepted_at, @seq) and accepted_at <= @before
     order by accepted_at, seq limit 1`,
  )
  // Whoever may send it again has as long for it as for any other, however late it was given up. The first condition says
  // nothing more than the second, but is that of the index.
  const diedLate = file.prepare<[object]>(
    `select 1 from history
     where state <> 'delivered' and state = 'dead' and event = @seq and settled_at > @before limit 1`,
  )
  const removeHistory = file.prepare(
    'delete from history where num in (select num from history where event = ? limit ?)',
  )
  // What waits keeps its event, and so does what is not fanned out yet.
  const removeEvent = file.prepare(
    `delete from events where seq = @seq
       and not exists (select 1 from deliveries where event = @seq)
       and not exists (select 1 from publications where seq = @seq and fan_out_after is not null)`,
  )
  let from = FIRST_EVENT
  return (before, limit) => {
    let removed = 0
    for (let looked = 0; looked < limit && removed < limit; looked += 1) {
      const event = next.get({ ...from, before })
      if (event === undefined) {
        from = FIRST_EVENT
        break
      }
      const { seq } = event
      if (diedLate.get({ seq, before }) === undefined) {
        removed += removeHistory.run(seq, limit - removed).changes
        // Some of it may be left: the next step goes on here.
        if (removed === limit) break
        removed += removeEvent.run({ seq }).changes
      }
      from = event
    }
    return removed
  }
}
