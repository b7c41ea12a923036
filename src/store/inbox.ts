import type Sqlite from 'better-sqlite3'
import type { Inbox } from '../core/store-ports.ts'
import type { Commits } from './commits.ts'
import { createEventWriter } from './event-writer.ts'
import { read } from './faults.ts'
import { createRecall, createRemember } from './user-memories.ts'

/** Rolls back what a memory that changed meanwhile has made untrue. */
class Outdated extends Error {}

/** Native events come in: events, their publications and the deduplication key in one commit. */
export function createInbox(commits: Commits, file: Sqlite.Database): Inbox {
  const write = createEventWriter(file)
  const remember = createRemember(file)
  const recall = createRecall(file)
  const knows = file.prepare('select 1 from native_events where source = ? and key = ?')
  const hasJti = file.prepare('select 1 from events where jti = ?')
  return {
    knows: (source, key) => read(() => knows.get(source, key) !== undefined),

    hasJti: (jti) => read(() => hasJti.get(jti) !== undefined),

    recall: (source, users) => read(() => recall(source, users)),

    accept: ({ source, name: native, key, now, events, unsent = [], memory }) => {
      const accepted = commits.durable(() => {
        if (!write.takeKey(source, key, now)) return 'duplicate' as const
        if (memory !== undefined && !remember(source.id, memory)) throw new Outdated()
        for (const event of events) {
          const seq = write.insert(source, { ...event, native }, now)
          for (const topic of event.topics) write.publish(seq, topic)
        }
        for (const event of unsent) {
          write.keep(write.insert(source, { ...event, native, contentType: '', body: '' }, now), event.sealed)
        }
        return 'accepted' as const
      })
      return accepted.catch((error: unknown) => {
        if (error instanceof Outdated) return 'outdated' as const
        throw error
      })
    },
  }
}
