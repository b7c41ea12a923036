/** A source makes a topic of a name that belongs to it, or ends one. */
import { Refusal } from '../core/errors.ts'
import type { Surroundings } from '../core/ports.ts'
import type { Source } from '../core/source.ts'
import type { RegisteredTopics } from '../core/store-ports.ts'

export interface RegisterParts extends Pick<Surroundings, 'clock' | 'observer' | 'wake'> {
  topics: RegisteredTopics
}

/** @throws Refusal `conflict` when it is registered already */
export async function register(parts: RegisterParts, source: Source, topic: string): Promise<void> {
  if (!(await parts.topics.register(topic, source.id, parts.clock.now()))) {
    throw new Refusal('conflict', 'This topic is registered already; publish to it.')
  }
  parts.observer.topicRegistered({ source: source.id, topic })
}

/**
 * Whoever is subscribed is told that it is over.
 * @throws Refusal `unknown` when it is not registered
 */
export async function deregister(parts: RegisterParts, source: Source, topic: string): Promise<void> {
  if (!(await parts.topics.deregister(topic, source.id, parts.clock.now()))) {
    throw new Refusal('unknown', 'This topic is not registered.')
  }
  parts.wake('verify')
  parts.observer.topicDeregistered({ source: source.id, topic })
}
