/**
 * What a source publishes to a topic of its own goes to that topic's subscribers as it came, byte for byte. It is
 * sealed at rest, for it may hold whatever the source knows, and erased once nobody waits for it.
 */
import type { Surroundings } from '../core/ports.ts'
import type { NativeEvent } from '../core/reading.ts'
import { contentContext } from '../core/sealing.ts'
import type { Source } from '../core/source.ts'
import type { Contents } from '../core/content-ports.ts'
import type { RegisteredTopics } from '../core/store-ports.ts'

export interface RelayParts extends Pick<Surroundings, 'vault' | 'clock' | 'random' | 'observer' | 'wake'> {
  topics: RegisteredTopics
  contents: Contents
}

export interface Content {
  topic: string
  /** The `Content-Type` as it came. */
  type: string
  body: Buffer
}

/**
 * Registers the topic if it is not yet: the name belongs to the source.
 * @returns once it is durable, or was so before
 * @throws Refusal `unavailable` when it cannot be made so
 */
export async function relay(
  parts: RelayParts,
  source: Source,
  { topic, type, body }: Content,
  native: NativeEvent,
): Promise<void> {
  const { topics, contents, vault, clock, random, observer } = parts
  const now = clock.now()
  if (await topics.register(topic, source.id, now)) observer.topicRegistered({ source: source.id, topic })
  const jti = random.uuid()
  const outcome = await contents.accept({
    source,
    native: native.name,
    topic,
    // The same event may come to several topics, and once to each.
    key: `${topic} ${native.key}`,
    jti,
    txn: native.txn ?? random.uuid(),
    contentType: type,
    sealed: vault.seal(body.toString('latin1'), contentContext(jti)),
    now,
  })
  if (outcome === 'duplicate') {
    observer.passedOver({ source: source.id, native: native.name, why: 'duplicate' })
    return
  }
  parts.wake('fan-out')
  observer.relayed({ source: source.id, topic, native: native.name })
}
