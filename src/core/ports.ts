/**
 * What the core needs of the outside world, apart from the store (`store-ports.ts`). Each port is as small as
 * its callers' need; `hub.ts` hands out the implementations.
 */
import type { Validators } from './content-ports.ts'
import type { Failure, Verdict } from './delivery.ts'
import type { Waiting } from './delivery-ports.ts'
import type { RefusalCode } from './errors.ts'
import type { CatalogueEvent } from './event.ts'
import type { Exchange } from './exchange.ts'
import type { KeyState } from './key-ports.ts'
import type { ProviderMapping } from './mapping.ts'
import type { TokenAuth } from './source.ts'
import type { IntentMode, IntentVerdict } from './verification.ts'

/** The wall clock, in milliseconds since 1970. */
export interface Clock {
  now(): number
}

/** Everything that must not be guessed, and the jitter. */
export interface Random {
  /** A UUIDv7 (RFC 9562 §5.7): sorts by time of making. */
  uuid(): string
  /** 256 random bits in `[A-Za-z0-9_-]`, for challenges, tokens and secrets. */
  token(): string
  /** A number from 0 up to, not including, 1. */
  fraction(): number
}

/** Signs SETs with the hub's active key. */
export interface Signer {
  /** The compact JWT of these claims, with `typ: secevent+jwt` and the key's `alg` and `kid` in its header. */
  sign(claims: object): Promise<string>
}

/** What a recipient of SETs says of one that it does not take (RFC 8935 §2.4). */
export type SetError =
  'invalid_request' | 'invalid_key' | 'invalid_issuer' | 'invalid_audience' | 'authentication_failed'

export interface SetRefused {
  kind: 'refused'
  err: SetError
  /** A sentence for the publisher; holds nothing of the token. */
  description: string
}

/** Verifies SETs that publishers signed with keys of their own. */
export interface SetVerifier {
  /**
   * Form, algorithm, key, signature, issuer and audience; what the claims say beyond that is for the caller.
   * @throws Refusal `unavailable` when the publisher's keys cannot be had
   */
  verify(
    token: string,
    trust: TokenAuth,
  ): Promise<{ kind: 'verified'; claims: Record<string, unknown> } | SetRefused>
}

/** Encryption at rest. A sealed text opens only under the same context (the row and column it stands in). */
export interface Vault {
  seal(plain: string, context: string): string
  /** @throws Error when the text was sealed with another key, or for another context */
  open(sealed: string, context: string): string
}

/** Stands in for a text that must not be told: the same for the same text, useless without the hub's key. */
export type Fingerprint = (text: string) => string

/** The events the hub knows, and what each provider's native events mean. */
export interface Catalogue {
  /** All events, in the order of `schema/`. */
  readonly events: readonly CatalogueEvent[]
  find(category: string, name: string): CatalogueEvent | undefined
  hasCategory(category: string): boolean
  /** The event whose topic carries publishers' own SETs with this event URI. */
  routed(uri: string): CatalogueEvent | undefined
  /** The JSON Schema (2020-12) of an event's claims; self-contained, without `$id`. */
  schema(event: CatalogueEvent): Record<string, unknown>
  mapping(provider: string): ProviderMapping | undefined
  /** What is wrong with these claims, one sentence each; empty when they are valid. */
  check(event: CatalogueEvent, claims: Record<string, unknown>): string[]
}

/** One request to an address that a stranger may have chosen. */
export interface OutboundRequest {
  method: 'GET' | 'POST'
  /** Absolute http(s) URL; what follows the authority goes out byte for byte. */
  url: string
  headers: Record<string, string>
  body?: string | Buffer
  /** What goes there is public itself: public addresses may be called over plain http too. */
  inTheClear?: boolean
  /** For the whole exchange, from looking up the name to the last byte. */
  timeoutMs: number
  /** Reading stops here; more is thrown away. With 0 the status alone is the answer. */
  maxBodyBytes: number
  /** Of a 2xx the status alone is the answer, however its body comes or does not come. */
  ignoreSuccessBody?: boolean
}

/** A document that somebody else publishes, e.g. a publisher's keys. */
export interface DocumentRequest {
  /** Absolute http(s) URL. */
  url: string
  accept: string
  /** For the whole exchange. */
  timeoutMs: number
  /** A longer document is a fault: half of one would be another. */
  maxBodyBytes: number
}

/** Through the same guarded door; redirects are answers like any other. */
export interface Documents {
  read(request: DocumentRequest): Promise<Exchange>
}

export interface PageWanted {
  /** Absolute http(s) URL. */
  url: string
  /** Of what is known already; sent to the URL that they come from alone. */
  validators?: Validators
  /** For all of it, however many redirects there are. */
  timeoutMs: number
  maxBodyBytes: number
}

/** What came of asking for a page: a value either way, never an exception. */
export type PageFetched = { ms: number } & (
  | { kind: 'page'; contentType: string; body: Buffer; validators: Validators }
  /** It is as the validators say. */
  | { kind: 'unmodified' }
  | { kind: 'failed'; why: string; status?: number }
)

/**
 * Pages of others, through the same guarded door, which every redirect passes anew; nothing is decompressed. A page
 * whose own URL says so may come over plain http, but none of https by a redirect.
 */
export interface Pages {
  fetch(wanted: PageWanted): Promise<PageFetched>
}

/** The only door out. Redirects are answers like any other; nothing is followed, nothing is decompressed. */
export interface Outbound {
  send(request: OutboundRequest): Promise<Exchange>
  /** Waits for nothing: open connections are closed, requests under way end in a fault. */
  close(): Promise<void>
}

/** The worker's pumps. A hint after a commit; polling is the truth. */
type PumpName = 'fan-out' | 'deliver' | 'verify' | 'fetch' | 'sign-again'
export type Wake = (pump: PumpName) => void

/** Why a native event yields nothing; the answers to providers say it in these words. */
export type PassedOverWhy = 'duplicate' | 'test' | 'unmapped'

/** What the hub tells its operator: one method per business event. Never given a secret, a token or a person's data. */
export interface Observer {
  accepted(event: { source: string; native: string; events: string[] }): void
  /** A native event that yields nothing: a repeat, a test or one without a place in the catalogue. */
  passedOver(event: { source: string; native: string; why: PassedOverWhy }): void
  /** @param event `reason` is the kind of refusal, `why` a sentence that holds nothing of what was sent */
  intakeRefused(event: { source: string; reason: RefusalCode; why: string }): void
  /** A SET that does not fit its own schema: a fault of the hub. It is kept, and not sent. */
  invalidEvent(event: {
    source: string
    native: string
    event: string
    jti: string
    problems: string[]
  }): void
  /** What was published to a registered topic goes to its subscribers as it came. */
  relayed(event: { source: string; topic: string; native: string }): void
  /** Pages may have changed; `wanted` are those that somebody is subscribed to. */
  pinged(event: { topics: number; wanted: number }): void
  /** What came of fetching a page that was pinged. */
  fetched(event: {
    topic: string
    attempt: number
    outcome: 'changed' | 'unchanged' | 'retry' | 'given up'
    why?: string
    status?: number
    ms: number
  }): void
  topicRegistered(event: { source: string; topic: string }): void
  topicDeregistered(event: { source: string; topic: string }): void
  fannedOut(event: { topic: string; deliveries: number }): void
  intentQueued(event: { mode: string; topic: string; host: string }): void
  intentSettled(event: {
    mode: IntentMode | 'denied'
    topic: string
    host: string
    outcome: IntentVerdict['kind']
    why?: string
  }): void
  /** The operator answers for a webhook's receiver, which is not asked. */
  vouched(event: { webhook: string; tenant: string }): void
  /** A delivery goes out, so long after it was accepted or fell due. Told of `attempted` next, in any case. */
  sending(event: { delivery: string; attempt: number; waitedMs: number }): void
  /** @param event `verdict` is what follows from the outcome */
  attempted(event: {
    delivery: string
    subscription: string
    host: string
    attempt: number
    outcome: 'delivered' | Failure
    verdict: Verdict['kind']
    status?: number
    ms: number
  }): void
  /** Deliveries that nobody is entitled to any more have ended. */
  dropped(event: { deliveries: number }): void
  /** Deliveries that waited for as long as the whole schedule takes are dead. */
  gaveUp(event: { deliveries: number }): void
  /** What was deleted is gone, with all that hung on it. */
  removed(event: { kind: string; id: string }): void
  /** All that was asked for is made, or the subscription ended before. */
  replayed(event: { subscription: string; deliveries: number }): void
  subscriptionsExpired(event: { count: number }): void
  /** What was kept long enough is gone: events with their deliveries, and keys of native events. */
  outlived(event: { rows: number; keys: number }): void
  /** @param event `why` is the code alone: a sentence may repeat what was sent */
  requestRefused(event: { method: string; route: string; why: RefusalCode }): void
  /** A request met a fault of the hub: the sender was told nothing of it. */
  requestFailed(event: { method: string; route: string; error: unknown }): void
  /** A signing key has begun another part of its life. */
  keyChanged(event: { kid: string; alg: string; state: KeyState }): void
  /** Changes are in the store: on the disk, or with the system alone. */
  committed(event: { isDurable: boolean; changes: number; ms: number }): void
  /** What waits was counted. */
  measured(event: Waiting): void
  /** A pump's step threw: the rows are untouched and it is tried again. */
  pumpFailed(event: { pump: string; error: unknown }): void
}

/** What most of the flow's steps need; each names what it needs of it. */
export interface Surroundings {
  /** The hub's public base URL. */
  url: string
  catalogue: Catalogue
  vault: Vault
  fingerprint: Fingerprint
  clock: Clock
  random: Random
  observer: Observer
  wake: Wake
}
