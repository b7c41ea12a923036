/**
 * A native event becomes SETs, and both are on disk before anyone is answered. What follows (fan-out, delivery)
 * starts from the rows.
 */
import type { PassedOverWhy, Wake } from '../core/ports.ts'
import { Refusal } from '../core/errors.ts'
import { memoryChanges, type Recalled, USERS_REMEMBERED, usersConcerned } from '../core/memory.ts'
import type { NativeEvent } from '../core/reading.ts'
import type { Source } from '../core/source.ts'
import type { Inbox, SignedEvent } from '../core/store-ports.ts'
import { mint, type MintParts } from './mint.ts'

export interface PublishParts extends MintParts {
  inbox: Pick<Inbox, 'knows' | 'recall' | 'accept'>
  wake: Wake
}

export type Published =
  { kind: 'accepted'; events: { jti: string; topic: string }[] } | { kind: 'passed over'; why: PassedOverWhy }

/** Each try that is one too many means that another event of the same user was accepted meanwhile. */
const ATTEMPTS = 50

/**
 * @returns once everything is durable
 * @throws Refusal `unavailable` when it cannot be made so; nothing has changed then
 */
export async function publish(parts: PublishParts, source: Source, native: NativeEvent): Promise<Published> {
  const passOver = (why: PassedOverWhy): Published => {
    parts.observer.passedOver({ source: source.id, native: native.name, why })
    return { kind: 'passed over', why }
  }
  if (native.test === true) return passOver('test')
  const mapping = parts.catalogue.mapping(source.provider)?.events.get(native.name)

  // Events in the hub's own form say outright what happened: nothing is concluded from what is remembered.
  const users = mapping === undefined ? [] : usersConcerned(native, mapping, source, parts.fingerprint)
  const txn = native.txn ?? parts.random.uuid()
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const recalled: Recalled = users.length === 0 ? new Map() : await parts.inbox.recall(source.id, users)
    const { events, unsent } = await mint(parts, source, native, { txn, recalled })
    // Without a place in the catalogue, or meaning nothing this time: an action that failed, or a repeat of what is
    // remembered by now.
    if (events.length === 0 && unsent.length === 0) {
      return passOver((await parts.inbox.knows(source.id, native.key)) ? 'duplicate' : 'unmapped')
    }
    const changes =
      mapping === undefined ? [] : memoryChanges(native, mapping, source, parts.fingerprint, recalled)
    const { name, key } = native
    const now = parts.clock.now()
    const memory = { changes, atMost: USERS_REMEMBERED }
    const outcome = await parts.inbox.accept({ source, name, key, now, events, unsent, memory })
    if (outcome === 'duplicate') return passOver('duplicate')
    if (outcome === 'accepted') return accepted(parts, source, name, events)
  }
  throw new Refusal('unavailable', 'Too much is told of the same user at once. Send it again.')
}

function accepted(
  parts: PublishParts,
  source: Source,
  native: string,
  events: readonly SignedEvent[],
): Published {
  parts.wake('fan-out')
  const names = events.map((event) => `${event.category}/${event.name}`)
  parts.observer.accepted({ source: source.id, native, events: names })
  // The narrowest topic, which is the first.
  return { kind: 'accepted', events: events.map(({ jti, topics: [topic] }) => ({ jti, topic })) }
}
