/**
 * What the operator's API needs of the store: make, read, list, delete. Secrets go in sealed or hashed and never
 * come out. Records bear the names that the API shows; every `…_at` is in milliseconds since 1970.
 */
import type {
  DeliveryFilters,
  EventFilters,
  OfTenant,
  Page,
  PageRequest,
  SubscriptionFilters,
} from './list.ts'
import type { MayKeep, Subscriber } from './access.ts'
import type { Disclosable } from './source.ts'
import type { SubscribePolicy } from './store-ports.ts'
import type { WantedSubscription, Webhook, WebhookSettings } from './webhook.ts'

export interface Readable<T, Whole = T, Filters = OfTenant> {
  get(id: string): Promise<Whole | undefined>
  /** A page may hold less than there is, even nothing, and have a next one: whoever wants all goes on to the last. */
  list(page: PageRequest & Filters): Promise<Page<T>>
}

export interface Removable {
  /**
   * Takes with it whatever cannot be without it: at once as far as anyone sees, step by step where that is much
   * (`Removals`). @returns whether it was there
   */
  remove(id: string, now: number): Promise<boolean>
}

/**
 * What came of making something: the id may be taken, or being removed still, the tenant missing, the topic prefix
 * overlap another's.
 */
export type Made = 'made' | 'exists' | 'leaving' | 'no-tenant' | 'overlap'

export interface TenantRecord {
  id: string
  subscribe: SubscribePolicy
  created_at: number
}

export interface SourceRecord {
  id: string
  tenant: string
  provider: string
  issuer: string
  auth_method: string
  disclose: readonly Disclosable[]
  /** Seconds; null where no age is too old. */
  max_age: number | null
  /** The names that begin so are its topics; null where it has none. */
  topic_prefix: string | null
  publish_unmapped: boolean
  created_at: number
  last_accepted_at: number | null
  last_refused_at: number | null
  /** For the operator; holds nothing of a payload. */
  last_refused_why: string | null
}

/** A source as it is made: nothing has come to it yet. */
type NewSourceRecord = Omit<
  SourceRecord,
  'last_accepted_at' | 'last_refused_at' | 'last_refused_why' | 'publish_unmapped'
> & { auth_sealed: string; publish_unmapped?: boolean }

/** What is not named stays as it is. */
type SourceChanges = Partial<
  Pick<
    NewSourceRecord,
    'issuer' | 'disclose' | 'max_age' | 'publish_unmapped' | 'auth_method' | 'auth_sealed'
  >
>

export interface SubscriberRecord extends Subscriber {
  /** Of its token; null where that is good until it is withdrawn. */
  expires_at: number | null
  /** Until when the token before is good beside it; null where there is none. */
  former_until: number | null
  created_at: number
}

/** A subscriber as it is made: it has one token. */
type NewSubscriberRecord = Omit<SubscriberRecord, 'former_until' | 'expires_at'> & {
  token_hash: string
  expires_at?: number | null
}

export interface TokenRotation {
  token_hash: string
  now: number
  /** For so many milliseconds the token before is good still, unless it ends sooner. */
  overlapMs: number
  /** When the new one ends; not said, it is good for as long as the one before was made for. */
  expires_at?: number | null
}

export interface SubscriptionRecord {
  id: string
  tenant: string
  /** Whose it is: one of the three, or nobody's in particular. */
  subscriber: string | null
  webhook: string | null
  source: string | null
  topic: string
  callback: string
  /** `pending`, `active`, `failing`, `paused` or `ended`. */
  state: string
  ended_why: string | null
  lease_expires_at: number | null
  /** Whether the hub renews the lease by itself. */
  renewed_by_hub: boolean
  /** Whether there is a secret. */
  signed: boolean
  /** What came of the last verification. */
  verification: string | null
  verification_at: number | null
  last_success_at: number | null
  last_failure_at: number | null
  /** The class of what went wrong, with the status if there was one. */
  last_failure: string | null
  created_at: number
}

/** What tells an operator why nothing arrives. */
interface SubscriptionDetails {
  verifications: VerificationRecord[]
  /** How many deliveries wait; more than `WAITING_COUNTED` are not counted. */
  waiting: number
  /** Since when its receiver is probed only; null while it is not. */
  failing_since: number | null
  /** Nothing is sent before: the receiver asked for it, or is to be probed then. */
  held_until: number | null
}

export const WAITING_COUNTED = 10_000

/** What came of asking a callback, or of telling it. */
export interface VerificationRecord {
  /** When it was settled; when it was asked, where it was confirmed: leases run from there. */
  settled_at: number
  /** `subscribe`, `unsubscribe` or `denied`. */
  mode: string
  outcome: VerificationOutcome
  /** A sentence; null where the outcome says it all. */
  reason: string | null
}

/**
 * `unclear`: asked, or told, again later. `void`: the callback agreed, and it changed nothing. `vouched`: the operator
 * answered for the callback. `told` and `untold` are denials.
 */
export type VerificationOutcome = 'confirmed' | 'vouched' | 'refused' | 'unclear' | 'void' | 'told' | 'untold'

export interface EventRecord {
  jti: string
  tenant: string
  source: string
  /** The provider's name for it. */
  native: string
  /** Null, like the name, for what was published to a registered topic. */
  category: string | null
  name: string | null
  txn: string
  occurred_at: number | null
  accepted_at: number
}

interface EventDetails {
  /** Null for what was published to a registered topic: that is for its subscribers alone. */
  set: string | null
  topics: string[]
  /** Whether the hub still has the bytes; those of a registered topic go once nobody waits for them. */
  kept: boolean
}

export interface DeliveryRecord {
  id: string
  subscription: string
  topic: string
  jti: string
  state: string
  attempts: number
  /** Of one that waits: not before then. */
  due_at: number | null
  created_at: number
  settled_at: number | null
}

/**
 * What came of asking for a delivery again. `over`: its subscription is, or has begun anew since. `erased`: there is
 * nothing left to send.
 */
export type Retried = 'queued' | 'unknown' | 'delivered' | 'over' | 'erased'

/** One attempt. */
interface ReceiptRecord {
  attempt: number
  /** When it began. */
  sent_at: number
  ms: number
  status: number | null
  outcome: string
  /** What the receiver said with its refusal, made safe; the first kibibyte. */
  said: string | null
}

/** The newest of what its subscriptions came to. */
export interface WebhookRecord extends WebhookSettings {
  last_success_at: number | null
  last_failure_at: number | null
  last_failure: string | null
}

/** The topics of the subscriptions that are to be verified. */
export interface Asked {
  asked: string[]
}

/** The row and its subscriptions change in one commit, or nothing does. `taken`: another has one of them. */
export interface Webhooks
  extends Readable<WebhookRecord, WebhookRecord & { subscriptions: SubscriptionRecord[] }>, Removable {
  make(webhook: Webhook, wanted: readonly WantedSubscription[]): Promise<Asked | 'no-tenant' | 'taken'>
  /**
   * @param decide with `wanted`, what is not met is asked for and every other subscription of the webhook ends;
   *   with `pausing`, all of them are paused or resumed as the webhook is. A Refusal of its is passed on.
   */
  change(
    id: string,
    decide: (webhook: Webhook) => {
      webhook: Webhook
      wanted?: readonly WantedSubscription[]
      pausing: boolean
    },
    now: number,
  ): Promise<Asked | 'unknown' | 'taken'>
}

export interface Registry {
  tenants: Readable<TenantRecord, TenantRecord, object> &
    Removable & {
      make(tenant: TenantRecord): Promise<Made>
      /**
       * Closing it ends what nobody could subscribe to any more.
       * @returns undefined when it is not there
       */
      change(
        id: string,
        change: { subscribe: SubscribePolicy; mayKeep: MayKeep; now: number },
      ): Promise<TenantRecord | undefined>
    }
  sources: Readable<SourceRecord> &
    Removable & {
      make(source: NewSourceRecord): Promise<Made>
      /** @returns the source as it is then; undefined when it is not there */
      change(id: string, changes: SourceChanges): Promise<SourceRecord | undefined>
      /**
       * Seals the credentials anew, with nothing happening to them in between; nothing changes when `sealAnew` throws.
       * @returns undefined when the source is not there
       */
      reseal(id: string, sealAnew: (sealed: string) => string): Promise<SourceRecord | undefined>
    }
  subscribers: Readable<SubscriberRecord> &
    Removable & {
      make(subscriber: NewSubscriberRecord): Promise<Made>
      /** @returns undefined when it is not there */
      rotate(id: string, rotation: TokenRotation): Promise<SubscriberRecord | undefined>
      /**
       * Subscriptions to what it may not read any more end.
       * @returns undefined when it is not there
       */
      change(
        id: string,
        change: { topics: string[]; mayKeep: MayKeep; now: number },
      ): Promise<SubscriberRecord | undefined>
    }
  webhooks: Webhooks
  /** With the latest verifications of a single one. */
  subscriptions: Readable<SubscriptionRecord, SubscriptionRecord & SubscriptionDetails, SubscriptionFilters> &
    Removable & {
      /** What is paused is not sent, and waits. `inactive`: it is not active, so there is nothing to pause. */
      pause(id: string, paused: boolean, now: number): Promise<'done' | 'unknown' | 'inactive'>
    }
  events: Readable<EventRecord, EventRecord & EventDetails, EventFilters>
  deliveries: Readable<DeliveryRecord, DeliveryRecord & { receipts: ReceiptRecord[] }, DeliveryFilters> & {
    /** What is dead goes again, and what waits at once: the same delivery, with a schedule begun anew. */
    retry(id: string, now: number): Promise<Retried>
  }
}
