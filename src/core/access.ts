/** What a subscriber may read: a list of patterns within its one tenant. */
import type { Topic } from './topic.ts'

export interface Subscriber {
  id: string
  tenant: string
  /** `*` everything, the tenant topic included; `session` a category and its events; `login/failed` one event. */
  topics: string[]
}

/** Whether the subscriber's patterns cover the topic. The tenant's own topic needs `*`. */
export function covers(subscriber: Subscriber, topic: Topic): boolean {
  if (subscriber.tenant !== topic.tenant) return false
  if (subscriber.topics.includes('*')) return true
  if (topic.category === undefined) return false
  if (subscriber.topics.includes(topic.category)) return true
  return topic.event !== undefined && subscriber.topics.includes(`${topic.category}/${topic.event}`)
}
