/**
 * One thing that happened, in the catalogue's words. Nothing here names a provider's format: an adapter
 * reads facts (`Reading`), the provider's mapping says which catalogue events they are, and `translate`
 * puts the two together.
 */

/** A subject identifier (RFC 9493). Holds the members of its format and no others. */
export type SubjectId =
  | { format: 'iss_sub'; iss: string; sub: string }
  | { format: 'opaque'; id: string }
  | { format: 'email'; email: string }
  | { format: 'phone_number'; phone_number: string }
  | { format: 'account'; uri: string }
  | { format: 'complex'; user: SubjectId; session: SubjectId }

/** Whom or what an event is about; `typed` is what was typed at a login, whether or not such a user exists. */
export type SubjectKind = 'user' | 'user and session' | 'typed or user' | 'resource' | 'source'

/** An entry of the catalogue, from `schema/events/<category>.json`. */
export interface CatalogueEvent {
  category: string
  name: string
  /** The member of the SET's `events` claim (RFC 8417 §2.2). */
  uri: string
  meaning: string
  subject: SubjectKind
  /** URIs of events in publishers' own SETs that belong to this event's topic. */
  alsoRoutedHere?: readonly string[]
  /** Names of the claims its schema knows: nothing else may stand in the event. */
  claims: readonly string[]
}

/** An event on its way to becoming a SET: subject and claims are final, nothing is signed yet. */
export interface EventDraft {
  event: CatalogueEvent
  subId: SubjectId
  /** When it happened, in seconds since 1970, if the provider told. */
  occurredAt?: number
  /** The value of the one member of the SET's `events` claim. */
  claims: Record<string, unknown>
}
