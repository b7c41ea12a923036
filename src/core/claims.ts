/**
 * The one form: the same question gets the same claim from every provider. A claim stands in an event when
 * the payload states it, the event's schema knows it and, for personal fields, the source discloses it.
 */
import type { Emission } from './mapping.ts'
import { told, type NativeEvent, type Person, type Reading } from './reading.ts'
import type { Disclosable, Source } from './source.ts'

/** What the claims of an event are made from. */
export interface Telling {
  native: NativeEvent
  reading: Reading
  source: Source
  /** The native event's fixed sentence for `reason_admin`. */
  reason: string | undefined
}

/** The value of the one member of the SET's `events` claim. */
export function claimsOf(emission: Emission, telling: Telling): Record<string, unknown> {
  const { resource, ...fixed } = emission.claims
  const stated: Record<string, unknown> = {
    ...statedClaims(telling),
    resource: told({ ...(resource as object | undefined), ...telling.reading.resource }),
    ...fixed,
  }
  const allowed = emission.event.claims.filter((name) => stated[name] !== undefined)
  return Object.fromEntries(allowed.map((name) => [name, stated[name]]))
}

function statedClaims({ native, reading, source, reason }: Telling): Record<string, unknown> {
  const disclosed = <T>(field: Disclosable, value: T): T | undefined =>
    source.disclose.includes(field) ? value : undefined
  const { user, actor, request } = reading
  return {
    event_timestamp: native.occurredAt,
    initiating_entity: reading.initiator,
    reason_admin: reason === undefined ? undefined : { en: reason },
    source: { id: source.id, provider: source.provider, event: native.name },
    user: told<Person>({
      id: user?.id,
      username: disclosed('username', user?.username),
      email: disclosed('email', user?.email),
      phone: disclosed('phone', user?.phone),
      name: disclosed('name', user?.name),
    }),
    // An actor's name is as personal as a user's.
    actor: actor && told({ ...actor, username: disclosed('username', actor.username) }),
    client: reading.client,
    organization: reading.organization,
    session: reading.session,
    request: told({
      ip: disclosed('ip', request?.ip),
      user_agent: disclosed('user_agent', request?.user_agent),
    }),
    authentication: reading.authentication,
    changed: reading.changed,
    members: reading.members,
  }
}
