import type { RegisteredTopics } from '../core/store-ports.ts'
import { denySubscriptions } from './denials.ts'
import type { Db } from './tables.ts'

/** Topics that sources register by name. */
export function createRegisteredTopics(db: Db): RegisteredTopics {
  return {
    async register(topic, source, now) {
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('registered_topics')
        .values({ topic, source, created_at: now })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst()
      return numInsertedOrUpdatedRows !== 0n
    },

    deregister: (topic, source, now) =>
      db.transaction().execute(async (tx) => {
        const { numDeletedRows } = await tx
          .deleteFrom('registered_topics')
          .where('topic', '=', topic)
          .where('source', '=', source)
          .executeTakeFirst()
        if (numDeletedRows === 0n) return false
        await denySubscriptions(tx, (eb) => eb('topic', '=', topic), {
          why: 'its topic was deregistered',
          reason: 'the topic was deregistered',
          now,
        })
        return true
      }),
  }
}
