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
import type { EventDraft } from '../core/event.ts'
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
  inbox: Pick<Inbox, 'knows' | 'accept'>
  clock: Clock
  random: Random
  observer: Observer
  wake: Wake
}

export type Published =
  { kind: 'accepted'; events: { jti: string; topic: string }[] } | { kind: 'passed over'; why: PassedOverWhy }

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
  const drafts = draftsOf(parts, source, native)
  // Mapped, but meaning nothing this time (an action that failed, say), is told like unmapped.
  if (drafts === 'unmapped' || drafts.length === 0) return passOver('unmapped')

  const txn = native.txn ?? parts.random.uuid()
  const events: SealedEvent[] = []
  for (const draft of drafts) {
    if (fitsOrReport(parts, source, native, draft)) events.push(await seal(parts, source, draft, txn))
  }
  // Nothing is remembered of what a fault of the hub swallowed: sent again to a mended hub, it is accepted.
  if (events.length === 0) return passOver('unmapped')
  const { name, key } = native
  const outcome = await parts.inbox.accept({ source, name, key, now: parts.clock.now(), events })
  if (outcome === 'duplicate') return passOver('duplicate')
  parts.wake('fan-out')
  const names = events.map((event) => `${event.category}/${event.name}`)
  parts.observer.accepted({ source: source.id, native: name, events: names })
  // The narrowest topic, which is the first.
  return { kind: 'accepted', events: events.map(({ jti, topics: [topic] }) => ({ jti, topic })) }
}

function draftsOf(
  { catalogue, fingerprint }: PublishParts,
  source: Source,
  native: NativeEvent,
): EventDraft[] | 'unmapped' {
  const { stated } = native
  if (stated === undefined) return translate(native, source, catalogue, fingerprint)
  return draftStated({ ...native, stated }, source, catalogue, fingerprint)
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
async function seal(
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
