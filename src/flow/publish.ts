/**
 * A native event becomes SETs, and both are on disk before anyone is answered. What follows (fan-out, delivery)
 * starts from the rows.
 */
import type {
  Catalogue,
  Clock,
  Fingerprint,
  Observer,
  PassedOverWhy,
  Random,
  Signer,
  Wake,
} from '../core/ports.ts'
import { Refusal } from '../core/errors.ts'
import type { EventDraft } from '../core/event.ts'
import { memoryChanges, type Recalled, USERS_REMEMBERED, usersConcerned } from '../core/memory.ts'
import type { NativeEvent } from '../core/reading.ts'
import { SET_CONTENT_TYPE, setClaims } from '../core/set.ts'
import type { Source } from '../core/source.ts'
import { draftStated } from '../core/stated.ts'
import type { Inbox, SealedEvent } from '../core/store-ports.ts'
import { topicsCarrying } from '../core/topic.ts'
import { translate } from '../core/translate.ts'

export interface PublishParts {
  /** The hub's public base URL: issuer and topic URLs. */
  url: string
  catalogue: Catalogue
  signer: Signer
  fingerprint: Fingerprint
  inbox: Pick<Inbox, 'knows' | 'recall' | 'accept'>
  clock: Clock
  random: Random
  observer: Observer
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
  if (await parts.inbox.knows(source.id, native.key)) return passOver('duplicate')
  const mapping = parts.catalogue.mapping(source.provider)?.events.get(native.name)

  // Events in the hub's own form say outright what happened: nothing is concluded from what is remembered.
  const users = mapping === undefined ? [] : usersConcerned(native, mapping, source, parts.fingerprint)
  const txn = native.txn ?? parts.random.uuid()
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const recalled: Recalled = users.length === 0 ? new Map() : await parts.inbox.recall(source.id, users)
    const events = await seal(parts, source, native, txn, recalled)
    // Without a place in the catalogue, or meaning nothing this time (an action that failed, say). Nothing is
    // remembered of what a fault of the hub swallowed: sent again to a mended hub, it is accepted.
    if (events.length === 0) return passOver('unmapped')
    const changes =
      mapping === undefined ? [] : memoryChanges(native, mapping, source, parts.fingerprint, recalled)
    const { name, key } = native
    const now = parts.clock.now()
    const memory = { changes, atMost: USERS_REMEMBERED }
    const outcome = await parts.inbox.accept({ source, name, key, now, events, memory })
    if (outcome === 'duplicate') return passOver('duplicate')
    if (outcome === 'accepted') return accepted(parts, source, name, events)
  }
  throw new Refusal('unavailable', 'Too much is told of the same user at once. Send it again.')
}

function accepted(
  parts: PublishParts,
  source: Source,
  native: string,
  events: readonly SealedEvent[],
): Published {
  parts.wake('fan-out')
  const names = events.map((event) => `${event.category}/${event.name}`)
  parts.observer.accepted({ source: source.id, native, events: names })
  // The narrowest topic, which is the first.
  return { kind: 'accepted', events: events.map(({ jti, topics: [topic] }) => ({ jti, topic })) }
}

/** The SETs of a native event, signed before the commit: what is remembered is compared again in it. */
async function seal(
  parts: PublishParts,
  source: Source,
  native: NativeEvent,
  txn: string,
  recalled: Recalled,
): Promise<SealedEvent[]> {
  const sealed: SealedEvent[] = []
  for (const draft of draftsOf(parts, source, native, recalled)) {
    if (fitsOrReport(parts, source, native, draft)) sealed.push(await mint(parts, source, draft, txn))
  }
  return sealed
}

function draftsOf(
  { catalogue, fingerprint }: PublishParts,
  source: Source,
  native: NativeEvent,
  recalled: Recalled,
): EventDraft[] {
  const { stated } = native
  if (stated !== undefined) return draftStated({ ...native, stated }, source, catalogue, fingerprint)
  const drafts = translate(native, source, catalogue, fingerprint, recalled)
  return drafts === 'unmapped' ? [] : drafts
}

/** A SET that breaks its own schema is a fault of the hub: it is reported, and never signed. */
function fitsOrReport(
  { catalogue, observer }: PublishParts,
  source: Source,
  native: NativeEvent,
  draft: EventDraft,
): boolean {
  const problems = catalogue.check(draft.event, draft.claims)
  if (problems.length === 0) return true
  const event = `${draft.event.category}/${draft.event.name}`
  observer.invalidEvent({ source: source.id, native: native.name, event, problems })
  return false
}

/** Minted once: these bytes are what every attempt sends. */
async function mint(
  parts: PublishParts,
  source: Source,
  draft: EventDraft,
  txn: string,
): Promise<SealedEvent> {
  const jti = parts.random.uuid()
  const topics = topicsCarrying(parts.url, source.tenant, draft.event)
  const claims = setClaims(draft, { iss: parts.url, jti, txn, aud: topics, now: parts.clock.now() })
  return {
    jti,
    txn,
    category: draft.event.category,
    name: draft.event.name,
    ...(draft.occurredAt !== undefined && { occurredAt: draft.occurredAt }),
    contentType: SET_CONTENT_TYPE,
    body: await parts.signer.sign(claims),
    topics,
  }
}
