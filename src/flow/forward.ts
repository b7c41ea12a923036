/** A SET that its publisher signed is passed on byte for byte, under the publisher's own `iss` and `aud`. */
import type { SetRefused, SetVerifier } from '../core/ports.ts'
import { readPublishersSet } from '../core/publishers-set.ts'
import { SET_CONTENT_TYPE } from '../core/set.ts'
import type { Source, TokenAuth } from '../core/source.ts'
import type { Inbox } from '../core/store-ports.ts'
import { subjectKeyOf } from '../core/subject-key.ts'
import { topicsCarrying } from '../core/topic.ts'
import type { PublishParts } from './publish.ts'

export interface ForwardParts extends Pick<
  PublishParts,
  'url' | 'catalogue' | 'clock' | 'random' | 'observer' | 'wake' | 'fingerprint'
> {
  inbox: Inbox
  verifier: SetVerifier
}

/** A compact JWS (RFC 7515 §3.1) and not a byte more: what was verified is what is passed on. */
const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]*$/

/**
 * @returns once the SET is durable, or known already, or of an event that the catalogue does not know
 * @throws Refusal `unavailable` when it cannot be verified or stored now; nothing has changed then
 */
export async function forward(
  parts: ForwardParts,
  source: Source,
  trust: TokenAuth,
  body: Buffer,
): Promise<{ kind: 'acknowledged' } | SetRefused> {
  const { inbox, observer } = parts
  // In Latin-1 every byte stays itself, whatever it is.
  const token = body.toString('latin1')
  if (!COMPACT.test(token)) return invalid('The body is not one compact JWT.')
  const verified = await parts.verifier.verify(token, trust)
  if (verified.kind === 'refused') return verified
  const now = parts.clock.now()
  const set = readPublishersSet(verified.claims, now)
  if (typeof set === 'string') return invalid(set)

  const { jti: key, uri: name, txn, ...when } = set
  const passOver = (why: 'duplicate' | 'unmapped') => {
    observer.passedOver({ source: source.id, native: name, why })
    return { kind: 'acknowledged' } as const
  }
  const event = parts.catalogue.routed(name)
  if (event === undefined) return passOver('unmapped')
  if (await inbox.knows(source.id, key)) return passOver('duplicate')
  const { category, name: eventName } = event
  const subject = subjectKeyOf(verified.claims, source.tenant, parts.fingerprint)
  const sealed = {
    // A `jti` is one of its kind within its issuer alone (RFC 8417 §2.2); the store's must be so among all.
    jti: (await inbox.hasJti(key)) ? parts.random.uuid() : key,
    txn: txn ?? parts.random.uuid(),
    category,
    name: eventName,
    ...when,
    ...(subject !== undefined && { subject }),
    contentType: SET_CONTENT_TYPE,
    body: token,
    topics: topicsCarrying(parts.url, source.tenant, event),
  }
  const outcome = await inbox.accept({ source, name, key, now, events: [sealed] })
  if (outcome === 'duplicate') return passOver('duplicate')
  parts.wake('fan-out')
  observer.accepted({ source: source.id, native: name, events: [`${category}/${eventName}`] })
  return { kind: 'acknowledged' }
}

const invalid = (description: string): SetRefused => ({
  kind: 'refused',
  err: 'invalid_request',
  description,
})
