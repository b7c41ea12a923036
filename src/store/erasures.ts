/** What is removed of a person: events with all that came of them, and what sources remember. */
import type Sqlite from 'better-sqlite3'
import type { Erased, Erasures, ReadSubject } from '../core/erasure-ports.ts'
import type { Commits } from './commits.ts'
import { isKept, keptIn } from './leaving.ts'
import type { Db } from './tables.ts'

interface Row extends Record<Exclude<keyof Erased, 'complete'>, number> {
  num: number
  tenant: string
  subject: string
  place: number
  up_to: number
  finished_at: number | null
}

interface Found {
  seq: number
  source: string
  body: string
}

/** Events looked at in one step, by an index that holds their subjects. */
const LOOK = 5_000

/** One that is complete can be asked about for so long. */
const REMEMBERED_MS = 86_400_000

export function createErasures(db: Db, commits: Commits, file: Sqlite.Database): Erasures {
  const insert = file.prepare(
    `insert into erasures (tenant, subject, up_to)
     select id, @subject, (select coalesce(max(seq), 0) from events) from tenants where id = @tenant and ${keptIn('tenants')}`,
  )
  const forgetFinished = file.prepare('delete from erasures where finished_at <= ?')
  const find = file.prepare<[number], Row>('select * from erasures where num = ?')
  const oldest = file.prepare<[], { num: number; tenant: string }>(
    'select num, tenant from erasures where finished_at is null order by num limit 1',
  )
  const look = file.prepare<[object], { seq: number; subject: string | null }>(
    `select seq, subject from events where tenant = @tenant and seq > @place and seq <= @up_to
     order by seq limit ${LOOK}`,
  )
  const save = file.prepare(
    `update erasures set place = @place, events = @events, deliveries = @deliveries, dropped = @dropped,
       memories = @memories, finished_at = @finished_at where num = @num`,
  )
  const event = file.prepare<[number], Found>('select seq, source, body from events where seq = ?')
  const forget = createForget(file)
  const remove = createRemoval(file)

  /** @returns what is removed by now, up to the budget */
  function goOn(row: Row, read: ReadSubject, limit: number, now: number): Row {
    const after = { ...row }
    let left = limit
    const events = look.all(row)
    for (const { seq, subject } of events) {
      if (subject === null || subject === row.subject) {
        const found = event.get(seq)
        const told = found === undefined || found.body === '' ? undefined : read(found.body, found.source)
        if (found && (subject ?? told?.subject) === row.subject) {
          for (const user of told?.users ?? []) after.memories += forget(found.source, user)
          const { history, waiting, isGone } = remove(seq, left)
          after.deliveries += history
          after.dropped += waiting
          left -= history + waiting + 1
          // The next step goes on with it.
          if (!isGone) return after
          after.events += 1
        }
      }
      after.place = seq
      if (left <= 0) return after
    }
    if (events.length < LOOK) after.finished_at = now
    return after
  }

  return {
    async sources(tenant) {
      const found = await db
        .selectFrom('tenants')
        .select('id')
        .where('id', '=', tenant)
        .where(isKept('tenants'))
        .executeTakeFirst()
      if (found === undefined) return undefined
      return db.selectFrom('sources').select(['id', 'issuer']).where('tenant', '=', tenant).execute()
    },

    begin: ({ tenant, subject, users, now }) =>
      commits.durable(() => {
        forgetFinished.run(now - REMEMBERED_MS)
        const { changes, lastInsertRowid } = insert.run({ tenant, subject })
        if (changes === 0) return undefined
        const num = Number(lastInsertRowid)
        const row = find.get(num)
        const memories = overwriting(file, () =>
          users.reduce((sum, { source, user }) => sum + forget(source, user), 0),
        )
        if (row !== undefined) save.run({ ...row, memories })
        return num
      }),

    unfinished: () => commits.look(() => oldest.get()),

    async step(num, read, limit, now) {
      const [before, after] = await commits.durable(() => {
        const row = find.get(num)
        if (row?.finished_at !== null) return [row, row]
        const changed = overwriting(file, () => goOn(row, read, limit, now))
        save.run(changed)
        return [row, changed]
      })
      // What the log still holds of it is in the file now, overwritten.
      if (before !== after && after?.finished_at !== null) await emptyLog(db, file)
      const { events = 0, deliveries = 0, dropped = 0, memories = 0, finished_at: at = 0 } = after ?? {}
      const droppedNow = dropped - (before?.dropped ?? 0)
      return { events, deliveries, dropped, memories, complete: at !== null, droppedNow }
    },
  }
}

/** Within a commit. SQLite obeys the pragma as it prepares it, so it is not prepared once. */
function overwriting<T>(file: Sqlite.Database, change: () => T): T {
  file.exec('pragma secure_delete = on')
  try {
    return change()
  } finally {
    file.exec('pragma secure_delete = off')
  }
}

const emptyLog = (db: Db, file: Sqlite.Database): Promise<unknown> =>
  db.connection().execute(() => Promise.resolve(file.pragma('wal_checkpoint(TRUNCATE)')))

/** @returns what forgets a user of a source, within a commit, and tells how many memories that were */
function createForget(file: Sqlite.Database): (source: string, user: string) => number {
  const forget = file.prepare('delete from user_memories where source = ? and user_hash = ?')
  const count = file.prepare('update sources set users_remembered = users_remembered - ? where id = ?')
  return (source, user) => {
    const { changes } = forget.run(source, user)
    if (changes > 0) count.run(changes, source)
    return changes
  }
}

/** @returns what removes an event, within a commit, as far as so many rows go; it is gone when nothing is left of it */
function createRemoval(
  file: Sqlite.Database,
): (seq: number, limit: number) => { history: number; waiting: number; isGone: boolean } {
  // First: the topics show it no more, and no more deliveries are made of it.
  const unpublish = file.prepare('delete from publications where seq = ?')
  const [history, waiting] = ['history', 'deliveries'].map((table) =>
    file.prepare(`delete from ${table} where num in (select num from ${table} where event = ? limit ?)`),
  )
  const remove = file.prepare('delete from events where seq = ?')
  return (seq, limit) => {
    unpublish.run(seq)
    const waited = waiting?.run(seq, limit).changes ?? 0
    const done = history?.run(seq, limit - waited).changes ?? 0
    const isGone = waited + done < limit
    if (isGone) remove.run(seq)
    return { history: done, waiting: waited, isGone }
  }
}
