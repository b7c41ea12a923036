/** Who may read a topic: the same answer for subscribing and for the topic's page. */
import { covers } from '../core/access.ts'
import { Refusal } from '../core/errors.ts'
import type { Owner } from '../core/owner.ts'
import type { Catalogue } from '../core/ports.ts'
import type { Directory } from '../core/store-ports.ts'
import { hashToken } from '../core/token.ts'
import { isInCatalogue, parseTopic } from '../core/topic.ts'

export interface AdmitParts {
  /** The hub's public base URL. */
  url: string
  catalogue: Catalogue
  directory: Directory
}

export interface Admitted {
  tenant: string
  owner: Owner
}

/**
 * A missing or unknown token is told before anything is said about the topic, and a topic of another tenant is
 * one that does not exist: nobody learns who else is here.
 *
 * @throws Refusal `unauthenticated`, `unknown`, `forbidden`
 */
export async function admit(
  parts: AdmitParts,
  topicUrl: string,
  token: string | undefined,
): Promise<Admitted> {
  const subscriber =
    token === undefined ? undefined : await parts.directory.subscriberByToken(hashToken(token))
  if (token !== undefined && subscriber === undefined) {
    throw new Refusal(
      'unauthenticated',
      'This subscriber token is not known; use the one that the operator gave you.',
    )
  }
  const topic = parseTopic(parts.url, topicUrl)
  const tenant = topic && (await parts.directory.tenant(topic.tenant))
  const open = tenant?.subscribe === 'open'
  if (subscriber === undefined && !open) {
    throw new Refusal(
      'unauthenticated',
      'A subscriber token is needed; send it as Authorization: Bearer <token>.',
    )
  }
  const own = subscriber !== undefined && subscriber.tenant === tenant?.id
  if (
    topic === undefined ||
    tenant === undefined ||
    !(open || own) ||
    !isInCatalogue(topic, parts.catalogue)
  ) {
    throw new Refusal(
      'unknown',
      'There is no such topic; GET /events lists the categories and events that have one.',
    )
  }
  if (!open && own && !covers(subscriber, topic)) {
    throw new Refusal(
      'forbidden',
      'This subscriber token does not cover the topic; ask the operator to add it.',
    )
  }
  return { tenant: tenant.id, owner: own ? subscriber.id : null }
}
