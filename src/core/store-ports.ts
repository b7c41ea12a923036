/**
 * What the flow needs of the store: one small port per step. What a method changes is one commit: once its promise is
 * fulfilled all of it has happened, and else nothing. It is on the disk by then, but for what a port says can be done
 * again (`IntentQueue`, `Expiry`, `Retention`): of that a power cut may take the last moments. When nothing can be
 * written (disk full, read-only) whatever would write rejects with the Refusal `unavailable`.
 *
 * Times are milliseconds since 1970, leases seconds.
 */
import type { Subscriber } from './access.ts'
import type { MemoryChange, Recalled } from './memory.ts'
import type { Denial } from './denial.ts'
import type { Owner } from './owner.ts'
import type { Intent } from './verification.ts'
import type { Credentials } from './credentials.ts'
import type { Source } from './source.ts'

// Who is known

/** Who may subscribe: those with a token, or anyone. */
export type SubscribePolicy = 'token' | 'open'

/** A source, and how it proves itself. */
export interface KnownSource extends Credentials {
  source: Source
}

export interface Directory {
  tenant(id: string): Promise<{ id: string; subscribe: SubscribePolicy } | undefined>
  source(id: string): Promise<KnownSource | undefined>
  /** The source with whose prefix the name begins, whether or not it is registered. */
  sourceOfName(name: string): Promise<KnownSource | undefined>
  /** The source that registered the topic. */
  registrantOf(topic: string): Promise<KnownSource | undefined>
  /** Whose token it is, if it is good now. */
  subscriberByToken(tokenHash: string, now: number): Promise<Subscriber | undefined>
}

// An event's trip begins: publish

export interface EventRow {
  jti: string
  txn: string
  category: string
  name: string
  /** Seconds since 1970. */
  occurredAt?: number
  /** Whom it is about (`core/subject-key.ts`), where that is told. */
  subject?: string
}

/** A signed event and the topics that carry it. */
export interface SignedEvent extends EventRow {
  contentType: string
  body: string
  /** The narrowest first. */
  topics: [string, ...string[]]
}

/** An event that breaks its own schema: no topic carries it. */
export interface UnsentEvent extends EventRow {
  /** Its claims, sealed in the context of its `jti`. */
  sealed: string
}

export interface Inbox {
  /** Whether a native event of this source was accepted before. */
  knows(source: string, key: string): Promise<boolean>
  /** Whether an event of any source has this `jti`. */
  hasJti(jti: string): Promise<boolean>
  /** What is remembered of these users of a source; nothing stands there of those who are unknown. */
  recall(source: string, users: readonly string[]): Promise<Recalled>
  /**
   * Takes in a native event with everything it became, unless its key is known already (then nothing changes).
   * The source shows it as the last that it had accepted.
   * The event's place in the store's own sequence decides which subscriptions get it.
   * What is remembered of users changes with it or not at all; beyond `atMost` users of the source, those whose
   * last change is the oldest are forgotten.
   * `outdated`: a memory is no longer the one that the events were decided on; nothing has changed.
   */
  accept(native: {
    source: Source
    name: string
    key: string
    now: number
    events: SignedEvent[]
    unsent?: UnsentEvent[]
    memory?: { changes: readonly MemoryChange[]; atMost: number }
  }): Promise<'accepted' | 'duplicate' | 'outdated'>
}

/** Whom the operator tests. */
export type TestTarget = { webhook: string } | { subscription: string }

/** Events that no topic carries: they are for some subscriptions alone. */
export interface TestInbox {
  /** Those that are active now and not paused; undefined when the target is not there. */
  activeAmong(
    target: TestTarget,
    now: number,
  ): Promise<{ id: string; tenant: string; topic: string }[] | undefined>
  /**
   * Takes in an event with a delivery for each of the subscriptions that is active still; without one, nothing.
   * @returns the deliveries
   */
  accept(test: {
    tenant: string
    event: Omit<SignedEvent, 'topics' | 'occurredAt'>
    subscriptions: readonly string[]
    now: number
  }): Promise<string[]>
}

/** Topics that sources register by name. */
export interface RegisteredTopics {
  /** @returns whether it is new */
  register(topic: string, source: string, now: number): Promise<boolean>
  /** Its subscriptions end by denial. @returns whether it was there */
  deregister(topic: string, source: string, now: number): Promise<boolean>
}

/** What a source was refused last. */
export interface SourceRefusal {
  source: string
  at: number
  /** A sentence or a few words, for the operator. */
  why: string
}

export interface RefusalRecord {
  /** Sources that are gone are passed over. */
  refused(latest: readonly SourceRefusal[]): Promise<void>
}

// A subscription's trip: subscribe → verify

export interface IntentRequest {
  intent: Intent
  tenant: string
  owner: Owner
  /** The hub asks again by itself before the lease is over: nobody else will. */
  renewing: boolean
  /** Nothing is to be sent to a new life of the subscription for now. */
  paused?: boolean
  /** The callback's: deliveries are paced by the origin, verifications by the host, whatever its ports. */
  origin: string
  host: string
  secretSealed?: string
  /** Who asks, as limits count clients; nobody that they hold for, if it is left out. */
  client?: string
  now: number
}

/** What there is room for; what is left out has no limit. */
export interface IntentRoom {
  /** Verifications that wait: in all, for one callback host, and asked for by one client. */
  inAll: number
  perHost?: number
  perClient?: number
  /** Subscriptions that are pending or active. */
  subscriptions?: { perSubscriber: number; perHost: number }
}

export interface IntentInbox {
  /**
   * Queues a request for verification; a new subscription, or one that had ended, appears as `pending`.
   * An active one stays as it is.
   * `taken`: it is another's, and alive. `full`: too many verifications wait already.
   * `subscriber-full`, `host-full`: the asker, or the callback's host, has as many subscriptions as it may.
   * `nothing`: an unsubscription of what does not exist, or is not the asker's.
   */
  request(
    request: IntentRequest,
    room: IntentRoom,
  ): Promise<'queued' | 'taken' | 'full' | 'subscriber-full' | 'host-full' | 'nothing'>
}

/** What a callback is to be asked, or told. */
export type ClaimedIntent = (Intent | Denial) & { claim: string }

export type IntentSettlement =
  /** The callback agreed, and the intent's state replaces the subscription's; or heard that it is denied. */
  | { outcome: 'confirmed'; now: number }
  /** The callback refused, or never answered: everything stays as it was. */
  | { outcome: 'refused'; why: string; now: number }
  | { outcome: 'retry'; why: string; dueAt: number; now: number }

/** How many callbacks may be asked or told at once. */
export interface IntentLimits {
  inAll: number
  perHost: number
}

/** What asks and denials leave of all is for renewals alone: whatever waits, a lease that the hub renews goes on. */
export interface IntentHands {
  all: IntentLimits
  asks: IntentLimits
  denials: IntentLimits
}

/** None of it waits for the disk: an intent whose end a power cut takes is there still, and asked again. */
export interface IntentQueue {
  /** Claims intents that are due, the oldest first and at most `limit`, so that no more than `hands` are under way. */
  claim(options: { limit: number; hands: IntentHands; now: number; until: number }): Promise<ClaimedIntent[]>
  settle(claimed: ClaimedIntent, settlement: IntentSettlement): Promise<void>
  nextDue(): Promise<number | undefined>
}

/** Leases that the hub renews by itself. */
export interface Renewals {
  /**
   * Queues an intent for each subscription whose time has come, at most `limit`; the callback is asked like any
   * other. While `maxWaiting` renewals wait already, none is queued. @returns how many it looked after
   */
  renew(now: number, limit: number, maxWaiting: number): Promise<number>
  /** When the next one's time comes; undefined when the hub renews none. */
  nextDue(): Promise<number | undefined>
}

/** What time alone changes, in steps of at most `limit` rows; each tells how many it changed, and can be done again. */
export interface Expiry {
  /** Ends subscriptions whose lease is over. */
  endLapsed(now: number, limit: number): Promise<number>
  /**
   * Ends, by denial, what a subscriber has of whom no token is good any more.
   * @returns whether there was one: there may be more, of it or of others
   */
  endAccess(now: number, limit: number): Promise<boolean>
  /** Drops deliveries that wait for a subscription that ended. */
  dropUndeliverable(now: number, limit: number): Promise<number>
  /** Gives up what has waited for `ms` and longer for a receiver that has failed for as long. */
  giveUp(now: number, ms: number, limit: number): Promise<number>
  /** Frees what was claimed by someone who never settled it. */
  freeClaims(now: number): Promise<void>
}

export type RemovalKind = 'tenants' | 'sources' | 'subscribers' | 'subscriptions'

/** What was deleted and is too large to go at once: it is seen no more, and nothing is sent for it. */
export interface Removals {
  /**
   * Goes on with one of them, about `limit` rows; each has its turn. Whoever loses a subscription by it is told first.
   * @returns undefined when nothing is being removed
   */
  next(limit: number, now: number): Promise<{ kind: RemovalKind; id: string; isOver: boolean } | undefined>
}

/**
 * What is removed for its age, in steps that look at no more than `limit` rows. Each goes on where the one before it
 * ended, and begins anew behind the last: what must stay is not looked at in every step. Each tells how many rows it
 * removed, and can be done again.
 */
export interface Retention {
  /**
   * Removes events that were accepted at `before` or earlier, with their publications, deliveries and receipts.
   * A delivery that waits stays, and an event with one, or whose deliveries are not all made yet.
   */
  removeEvents(before: number, limit: number): Promise<number>
  /** Forgets native events that were accepted at `before` or earlier, unless an event of theirs is still there. */
  forgetKeys(before: number, limit: number): Promise<number>
}

// Pages

export interface TopicPages {
  /** The latest event that the topic carried. */
  latest(topic: string): Promise<{ contentType: string; body: string } | undefined>
}
