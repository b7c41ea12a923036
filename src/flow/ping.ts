/** Somebody says that pages have changed: noted, and fetched once it is answered (WebSub §6). */
import { originOf } from '../core/callback.ts'
import type { WebTopics } from '../core/content-ports.ts'
import { Refusal } from '../core/errors.ts'
import type { Surroundings } from '../core/ports.ts'
import { isWebTopic, type TopicOrigins } from '../core/web-topic.ts'

export interface PingParts extends Pick<Surroundings, 'url' | 'clock' | 'observer'> {
  topicOrigins: TopicOrigins
  topics: Pick<WebTopics, 'ping'>
}

/** The pings of one change come together, and are answered by one fetch. */
const BURST_MS = 100

/** Between two fetches of a page, however often it is pinged: anyone may, and it may be somebody else's. */
export const PAUSE_MS = 500

/** Of one request. */
const MAX_TOPICS = 1_000

/**
 * @returns once it is durable which of them are to be fetched
 * @throws Refusal; nothing has changed then, however many of them are good
 */
export async function ping(parts: PingParts, given: readonly string[]): Promise<void> {
  const topics = judged(parts, [...new Set(given)])
  const now = parts.clock.now()
  const wanted = await parts.topics.ping(topics, {
    now,
    dueAt: now + BURST_MS,
    atLatest: now + PAUSE_MS,
  })
  parts.observer.pinged({ topics: topics.length, wanted })
}

function judged(
  { url, topicOrigins }: PingParts,
  topics: readonly string[],
): { topic: string; origin: string }[] {
  if (topics.length === 0) {
    throw new Refusal(
      'malformed',
      'There is nothing to publish; name a page in hub.url, or send the content as JSON in the body.',
    )
  }
  if (topics.length > MAX_TOPICS) {
    throw new Refusal('malformed', `More than ${MAX_TOPICS} topics are named; send several requests.`)
  }
  if (topics.some((topic) => topic.startsWith(`${url}/`))) {
    throw new Refusal('forbidden', 'This topic is the hub’s own; nobody else publishes to it.')
  }
  if (!topics.every((topic) => /^https?:/i.test(topic))) {
    throw new Refusal(
      'malformed',
      'What is pinged is no http or https URL; send content as JSON in the body.',
    )
  }
  return topics.map((topic) => {
    const origin = originOf(topic)
    if (origin !== undefined && isWebTopic(topic, url, topicOrigins)) return { topic, origin }
    throw new Refusal('unknown', 'There is no such topic.')
  })
}
