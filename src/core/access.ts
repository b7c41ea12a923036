/** What a subscriber may read: a list of patterns within its one tenant. */
import { parseTopic, type Topic } from './topic.ts'

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

/** Whether a subscriber may still have a subscription to the topic of this URL. */
export type MayKeep = (subscriber: Subscriber, topicUrl: string) => boolean

/**
 * A registered topic carries everything that its source tells there: like the tenant's own, it needs `*`.
 *
 * @param base the hub's public base URL
 */
export const mayKeep =
  (base: string): MayKeep =>
  (subscriber, topicUrl) =>
    covers(subscriber, parseTopic(base, topicUrl) ?? { tenant: subscriber.tenant })
