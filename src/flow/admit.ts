/** Who may read a topic: the same answer for subscribing and for the topic's page. */
import { covers } from '../core/access.ts'
import { Refusal } from '../core/errors.ts'
import { type Owner, sourceOwner } from '../core/owner.ts'
import type { Surroundings } from '../core/ports.ts'
import type { Directory, KnownSource } from '../core/store-ports.ts'
import { hashToken } from '../core/token.ts'
import { isInCatalogue, parseTopic, type Topic } from '../core/topic.ts'
import { isWebTopic, type TopicOrigins, WEB } from '../core/web-topic.ts'

export interface AdmitParts extends Pick<Surroundings, 'url' | 'catalogue' | 'clock'> {
  directory: Directory
  /** Whose pages may be topics: anyone may read those. */
  topicOrigins: TopicOrigins
}

/** Who asks: what they show of themselves. */
export interface Asker {
  /** As a subscriber sends it. */
  token?: string
  /** Whether the request proves that it comes from this source. */
  isSource?: (source: KnownSource) => boolean
}

interface Admitted {
  tenant: string
  owner: Owner
  /** A source that subscribes for others, to a topic of its own. */
  onBehalf: boolean
}

/**
 * A missing or unknown token is told before anything is said about the topic, and a topic of another tenant is
 * one that does not exist: nobody learns who else is here. A source needs no token for topics that it registered.
 *
 * @throws Refusal `unauthenticated`, `unknown`, `forbidden`
 */
export async function admit(parts: AdmitParts, topicUrl: string, asker: Asker): Promise<Admitted> {
  const { token, isSource } = asker
  const subscriber =
    token === undefined
      ? undefined
      : await parts.directory.subscriberByToken(hashToken(token), parts.clock.now())
  const place = await find(parts, topicUrl)
  if (subscriber === undefined && place?.registrant !== undefined && isSource?.(place.registrant) === true) {
    const { id, tenant } = place.registrant.source
    return { tenant, owner: sourceOwner(id), onBehalf: true }
  }
  if (token !== undefined && subscriber === undefined) {
    throw new Refusal(
      'unauthenticated',
      'This subscriber token is not known; use the one that the operator gave you.',
    )
  }
  if (subscriber === undefined && place?.open !== true) {
    throw new Refusal(
      'unauthenticated',
      'A subscriber token is needed; send it as Authorization: Bearer <token>.',
    )
  }
  const own = subscriber !== undefined && subscriber.tenant === place?.topic.tenant
  if (place === undefined || !place.exists || !(place.open || own)) {
    throw new Refusal(
      'unknown',
      'There is no such topic; GET /events lists the categories and events that have one.',
    )
  }
  if (!place.open && own && !covers(subscriber, place.topic)) {
    throw new Refusal(
      'forbidden',
      'This subscriber token does not cover the topic; ask the operator to add it.',
    )
  }
  return { tenant: place.topic.tenant, owner: own ? subscriber.id : null, onBehalf: false }
}

/** What a topic's URL or name stands for. */
interface Place {
  topic: Topic
  /** Whether anyone may read the tenant. */
  open: boolean
  /** Whether the catalogue has it; a registered topic is there. */
  exists: boolean
  registrant?: KnownSource
}

async function find(
  { url, catalogue, directory, topicOrigins }: AdmitParts,
  topicUrl: string,
): Promise<Place | undefined> {
  const own = parseTopic(url, topicUrl)
  const registrant = own === undefined ? await directory.registrantOf(topicUrl) : undefined
  // A registered topic carries everything that its source tells there: like the tenant's own.
  const named = own ?? (registrant && { tenant: registrant.source.tenant })
  const topic = named ?? (isWebTopic(topicUrl, url, topicOrigins) ? { tenant: WEB } : undefined)
  const tenant = topic && (await directory.tenant(topic.tenant))
  if (topic === undefined || tenant === undefined) return undefined
  return {
    topic,
    open: tenant.subscribe === 'open',
    exists: isInCatalogue(topic, catalogue),
    ...(registrant !== undefined && { registrant }),
  }
}
