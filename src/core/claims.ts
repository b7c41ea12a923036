/**
 * The one form: the same question gets the same claim from every provider. A claim stands in an event when
 * the payload states it, the event's schema knows it and, for personal fields, the source discloses it.
 */
import type { Emission } from './mapping.ts'
import { told, type NativeEvent, type Reading } from './reading.ts'
import type { Disclosable, Source } from './source.ts'

type Claims = Record<string, unknown>

/** What the claims of an event are made from. */
interface Telling {
  native: NativeEvent
  reading: Reading
  source: Source
  /** The native event's fixed sentence for `reason_admin`. */
  reason: string | undefined
}

/** The value of the one member of the SET's `events` claim. */
export function claimsOf(emission: Emission, telling: Telling): Claims {
  const { resource, ...fixed } = emission.claims
  const stated: Claims = {
    ...statedClaims(telling),
    resource: told({ ...(resource as object | undefined), ...telling.reading.resource }),
    ...fixed,
  }
  const allowed = emission.event.claims.filter((name) => stated[name] !== undefined)
  return Object.fromEntries(allowed.map((name) => [name, stated[name]]))
}

function statedClaims({ native, reading, source, reason }: Telling): Claims {
  const { user, actor, client, organization, session, request, authentication, changed, members } = reading
  return {
    event_timestamp: native.occurredAt,
    initiating_entity: reading.initiator,
    reason_admin: reason === undefined ? undefined : { en: reason },
    source: { id: source.id, provider: source.provider, event: native.name },
    ...disclosedClaims({ user, actor, request }, source),
    client,
    organization,
    session,
    authentication,
    changed,
    members,
  }
}

/** The members of claims that are personal, and as what: an actor's name as much as a user's. */
const PERSONAL: Readonly<Record<string, Readonly<Record<string, Disclosable>>>> = {
  user: { username: 'username', email: 'email', phone: 'phone', name: 'name' },
  actor: { username: 'username' },
  request: { ip: 'ip', user_agent: 'user_agent' },
}

/** Without what the source does not disclose, and without what is empty then. */
export function disclosedClaims(claims: Claims, { disclose }: Source): Claims {
  const disclosed = Object.entries(PERSONAL).map(([claim, members]) => {
    const kept = Object.entries((claims[claim] ?? {}) as Claims).filter(([name]) => {
      const kind = Object.hasOwn(members, name) ? members[name] : undefined
      return kind === undefined || disclose.includes(kind)
    })
    return [claim, told(Object.fromEntries(kept))] as const
  })
  return told({ ...claims, ...Object.fromEntries(disclosed) }) ?? {}
}
