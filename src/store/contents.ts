import type Sqlite from 'better-sqlite3'
import type { Content, Contents } from '../core/content-ports.ts'
import { ALIVE } from './alive.ts'
import type { Commits } from './commits.ts'
import { createEventWriter, type Publisher } from './event-writer.ts'
import { createRound } from './round.ts'

/** Whether event `e` still has what is to be sent: bytes that stand apart are erased. */
export const HAS_BYTES = `(e.body <> '' or exists (select 1 from contents where contents.event = e.seq))`

/** What is published to registered topics, for as long as somebody waits for it. */
export function createContents(commits: Commits, file: Sqlite.Database): Contents {
  const write = createEventWriter(file)
  const insertContent = createContentWriter(file)
  const eraseNext = createRound(
    file,
    { event: 0 },
    'select event from contents where event > @event order by event limit @limit',
    `delete from contents where event = @event
       -- What was not sent has no topic, and stays.
       and exists (select 1 from publications where seq = @event)
       and not exists (select 1 from publications where seq = @event and fan_out_after is not null)
       and not exists (select 1 from deliveries where event = @event)`,
  )
  return {
    accept: ({ source, key, now, ...content }) =>
      commits.durable(() => {
        if (!write.takeKey(source, key, now)) return 'duplicate'
        insertContent(source, content, now)
        return 'accepted'
      }),

    erase: (limit) => commits.swift(() => eraseNext({ limit })),
  }
}

/**
 * @returns what takes in an event without a name, on one topic, within a commit; without anyone who is subscribed,
 *   nothing. It tells the event's place in the sequence, if it has one.
 */
export function createContentWriter(
  file: Sqlite.Database,
): (publisher: Publisher, content: Content, now: number) => number | undefined {
  const write = createEventWriter(file)
  const someone = file.prepare(`select num from subscriptions where topic = @topic and ${ALIVE} limit 1`)
  return (publisher, { topic, sealed, ...row }, now) => {
    if (someone.get({ topic, now }) === undefined) return undefined
    const seq = write.insert(publisher, { category: '', name: '', body: '', ...row }, now)
    write.keep(seq, sealed)
    write.publish(seq, topic)
    return seq
  }
}
