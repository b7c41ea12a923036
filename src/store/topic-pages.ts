import type { TopicPages } from '../core/store-ports.ts'
import type { Db } from './tables.ts'

export function createTopicPages(db: Db): TopicPages {
  return {
    async latest(topic) {
      const row = await db
        .selectFrom('publications as p')
        .innerJoin('events as e', 'e.seq', 'p.seq')
        .select(['e.content_type', 'e.body'])
        .where('p.topic', '=', topic)
        .orderBy('p.seq', 'desc')
        .limit(1)
        .executeTakeFirst()
      return row && { contentType: row.content_type, body: row.body }
    },
  }
}
