import type Sqlite from 'better-sqlite3'
import type { RegisteredTopics } from '../core/store-ports.ts'
import type { Commits } from './commits.ts'
import { denySubscriptions } from './denials.ts'
import { build, run } from './typed-sql.ts'

/** Topics that sources register by name. */
export function createRegisteredTopics(commits: Commits, file: Sqlite.Database): RegisteredTopics {
  const words = { why: 'its topic was deregistered', reason: 'the topic was deregistered' }
  return {
    register: (topic, source, now) =>
      commits.durable(() => {
        const insert = build
          .insertInto('registered_topics')
          .values({ topic, source, created_at: now })
          .onConflict((conflict) => conflict.doNothing())
        return run(file, insert).changes > 0
      }),

    deregister: (topic, source, now) =>
      commits.durable(() => {
        const remove = build.deleteFrom('registered_topics').where('topic', '=', topic)
        if (run(file, remove.where('source', '=', source)).changes === 0) return false
        denySubscriptions(file, (s) => s('topic', '=', topic), { ...words, now })
        return true
      }),
  }
}
