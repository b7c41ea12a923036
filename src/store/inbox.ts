import type { Inbox } from '../core/store-ports.ts'
import { insertEvent, takeKey } from './native-events.ts'
import type { Db } from './tables.ts'
import { recall, remember } from './user-memories.ts'

/** Rolls back what a memory that changed meanwhile has made untrue. */
class Outdated extends Error {}

/** Native events come in: events, their publications and the deduplication key in one commit. */
export function createInbox(db: Db): Inbox {
  return {
    async knows(source, key) {
      const row = await db
        .selectFrom('native_events')
        .select('accepted_at')
        .where('source', '=', source)
        .where('key', '=', key)
        .executeTakeFirst()
      return row !== undefined
    },

    async hasJti(jti) {
      const row = await db.selectFrom('events').select('seq').where('jti', '=', jti).executeTakeFirst()
      return row !== undefined
    },

    recall: (source, users) => recall(db, source, users),

    accept: ({ source, name: native, key, now, events, unsent = [], memory }) => {
      const accepted = db.transaction().execute(async (tx) => {
        if (!(await takeKey(tx, source, key, now))) return 'duplicate' as const
        if (memory !== undefined && !(await remember(tx, source.id, memory))) throw new Outdated()
        for (const { topics, ...event } of events) {
          const seq = await insertEvent(tx, source, { ...event, native }, now)
          await tx
            .insertInto('publications')
            .values(topics.map((topic) => ({ topic, seq, fan_out_after: 0 })))
            .execute()
        }
        for (const { sealed, ...event } of unsent) {
          const seq = await insertEvent(tx, source, { ...event, native, contentType: '', body: '' }, now)
          await tx.insertInto('contents').values({ event: seq, sealed }).execute()
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
