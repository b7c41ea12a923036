/** What the hub knows of a publisher. */

/** How a provider proves that a request is its own; secrets are plain here and sealed at rest. */
export type SourceAuth =
  | SecretAuth
  /** By the address that the request comes from: CIDRs and single addresses. */
  | { method: 'network'; allow_from: readonly string[] }
  | TokenAuth

/** By something that only the provider and the hub know. */
export type SecretAuth =
  | { method: 'bearer'; secret: string }
  | { method: 'basic'; username: string; secret: string }
  | { method: 'header'; name: string; secret: string }
  | { method: 'hmac'; secret: string }

/** By the signature of each token that it sends: it is the token that proves itself, not the request. */
export interface TokenAuth {
  method: 'jwt'
  /** The token's `iss`. */
  issuer: string
  jwks_url: string
  /** What must be among the token's `aud`. */
  audience: string
}

/** Personal fields that a source may let through into claims. */
export const DISCLOSABLE = ['username', 'email', 'phone', 'name', 'ip', 'user_agent'] as const
export type Disclosable = (typeof DISCLOSABLE)[number]

/** What passes unless a source says otherwise. */
export const DISCLOSED_BY_DEFAULT: readonly Disclosable[] = ['username', 'email', 'ip', 'user_agent']

/** One publisher: a provider's webhook, bound to a tenant, an adapter and an issuer. */
export interface Source {
  id: string
  tenant: string
  /** The adapter's name, e.g. `casdoor`. */
  provider: string
  /** The `iss` of `iss_sub` subjects (RFC 9493 §3.2.3): the provider's own issuer URL. */
  issuer: string
  disclose: readonly Disclosable[]
  /** Seconds; an event that happened longer ago is refused as a replay. Any age passes when it is not set. */
  maxAge?: number
  /** Whether native events that the catalogue does not know are published, as such. */
  publishUnmapped?: boolean
}

/** The hub itself, where it says something, e.g. a test: the id of no operator's source. */
export const HUB_SOURCE = 'signet'

/** Whether an event is so old that somebody may have kept it to send it again; without a time nobody can say. */
export function isReplay(occurredAt: number | undefined, receivedAt: number, { maxAge }: Source): boolean {
  return maxAge !== undefined && occurredAt !== undefined && receivedAt / 1000 - occurredAt > maxAge
}
