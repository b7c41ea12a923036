import type Sqlite from 'better-sqlite3'
import type { RegisteredTopics } from '../core/store-ports.ts'
import type { Commits } from './commits.ts'
import { denySubscriptions } from './denials.ts'

/** Topics that sources register by name. */
export function createRegisteredTopics(commits: Commits, file: Sqlite.Database): RegisteredTopics {
  const insert = file.prepare(
    'insert into registered_topics (topic, source, created_at) values (?, ?, ?) on conflict do nothing',
  )
  const remove = file.prepare('delete from registered_topics where topic = ? and source = ?')
  const words = { why: 'its topic was deregistered', reason: 'the topic was deregistered' }
  return {
    register: (topic, source, now) => commits.durable(() => insert.run(topic, source, now).changes > 0),

    deregister: (topic, source, now) =>
      commits.durable(() => {
        if (remove.run(topic, source).changes === 0) return false
        denySubscriptions(file, ['topic = @topic', { topic }], { ...words, now })
        return true
      }),
  }
}
