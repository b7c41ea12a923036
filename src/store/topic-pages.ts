import type Sqlite from 'better-sqlite3'
import type { TopicPages } from '../core/store-ports.ts'
import { read } from './faults.ts'

export function createTopicPages(file: Sqlite.Database): TopicPages {
  const latest = file.prepare<[string], { contentType: string; body: string }>(
    `select e.content_type as contentType, e.body from publications p join events e on e.seq = p.seq
     where p.topic = ? order by p.seq desc limit 1`,
  )
  return { latest: (topic) => read(() => latest.get(topic)) }
}
