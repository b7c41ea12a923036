import type { Inbox } from '../core/store-ports.ts'
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

    accept: ({ source, name, key, now, events, memory }) => {
      const accepted = db.transaction().execute(async (tx) => {
        const { numInsertedOrUpdatedRows } = await tx
          .insertInto('native_events')
          .values({ source: source.id, key, accepted_at: now })
          .onConflict((conflict) => conflict.doNothing())
          .executeTakeFirst()
        if (numInsertedOrUpdatedRows === 0n) return 'duplicate' as const
        if (memory !== undefined && !(await remember(tx, source.id, memory))) throw new Outdated()
        await tx.updateTable('sources').set({ last_accepted_at: now }).where('id', '=', source.id).execute()
        for (const event of events) {
          const { seq } = await tx
            .insertInto('events')
            .values({
              jti: event.jti,
              tenant: source.tenant,
              source: source.id,
              native: name,
              txn: event.txn,
              category: event.category,
              name: event.name,
              occurred_at: event.occurredAt === undefined ? null : event.occurredAt * 1000,
              accepted_at: now,
              content_type: event.contentType,
              body: event.body,
            })
            .returning('seq')
            .executeTakeFirstOrThrow()
          await tx
            .insertInto('publications')
            .values(event.topics.map((topic) => ({ topic, seq, fan_out_after: 0 })))
            .execute()
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
