/**
 * Writes an event, and the key of the native event that it came from, whatever way it came in; to be called within a
 * commit.
 */
import type Sqlite from 'better-sqlite3'
import type { Source } from '../core/source.ts'
import type { EventRow } from '../core/store-ports.ts'

/** Whose an event is: a source, or what stands for one. */
export type Publisher = Pick<Source, 'id' | 'tenant'>

/** When a source was last accepted from need not be exact: its row is not written for every event. */
const NOTED_MS = 1_000

interface EventWriter {
  /** @returns whether the key is new; a known one leaves everything as it is */
  takeKey(source: Source, key: string, now: number): boolean
  /** @returns the event's place in the sequence */
  insert(
    publisher: Publisher,
    event: EventRow & { native: string; contentType: string; body: string },
    now: number,
  ): number
  /** The event is on the topic; where somebody is subscribed, its fan-out begins. */
  publish(seq: number, topic: string): void
  /** Its bytes, apart: they are erased before it. */
  keep(seq: number, sealed: string): void
}

export function createEventWriter(file: Sqlite.Database): EventWriter {
  const takeKey = file.prepare(
    'insert into native_events (source, key, accepted_at) values (?, ?, ?) on conflict do nothing',
  )
  const noteAccepted = file.prepare(
    `update sources set last_accepted_at = @now
     where id = @id and (last_accepted_at is null or abs(@now - last_accepted_at) >= ${NOTED_MS})`,
  )
  const insert = file.prepare(
    `insert into events (jti, tenant, source, native, txn, category, name, occurred_at, accepted_at, content_type, body,
       subject)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const publish = file.prepare(
    `insert into publications (topic, seq, fan_out_after) values (@topic, @seq, case when exists (
       select 1 from subscriptions where topic = @topic and state = 'active') then 0 end)`,
  )
  const keep = file.prepare('insert into contents (event, sealed) values (?, ?)')
  return {
    takeKey(source, key, now) {
      if (takeKey.run(source.id, key, now).changes === 0) return false
      noteAccepted.run({ now, id: source.id })
      return true
    },

    insert({ tenant, id }, event, now) {
      const occurredAt = event.occurredAt === undefined ? null : event.occurredAt * 1000
      const named = [event.jti, tenant, id, event.native, event.txn, event.category, event.name]
      const content = [event.contentType, event.body, event.subject ?? null]
      const { lastInsertRowid } = insert.run(...named, occurredAt, now, ...content)
      return Number(lastInsertRowid)
    },

    publish: (seq, topic) => void publish.run({ topic, seq }),
    keep: (seq, sealed) => void keep.run(seq, sealed),
  }
}
