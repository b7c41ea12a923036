/**
 * The tables: text ids, integer milliseconds, JSON as text, portable to PostgreSQL. What is `Generated` may be left out
 * of a new row, and so may what can be null.
 */
import type { Generated, Selectable } from 'kysely'
import type { VerificationOutcome } from '../core/registry-ports.ts'
import type { RemovalKind, SubscribePolicy } from '../core/store-ports.ts'
import type { IntentKind } from './intent-choice.ts'

export interface Tables {
  settings: { name: string; value: string }
  tenants: { id: string; subscribe: SubscribePolicy; created_at: number }
  sources: {
    id: string
    tenant: string
    provider: string
    issuer: string
    auth_method: string
    auth_sealed: string
    disclose: string
    created_at: number
    users_remembered: Generated<number>
    max_age: number | null
    /** Names of registered topics that begin so belong to the source. */
    topic_prefix: string | null
    /** 1: what the catalogue does not know is published as such. */
    publish_unmapped: Generated<number>
    last_accepted_at: number | null
    last_refused_at: number | null
    last_refused_why: string | null
  }
  registered_topics: { topic: string; source: string; created_at: number }
  webhooks: {
    id: string
    tenant: string
    name: string
    description: string
    url: string
    header_names: string
    headers_sealed: string | null
    topics: string
    secret_sealed: string
    format: string
    verification: string
    paused: Generated<number>
    created_at: number
  }
  subscribers: {
    id: string
    tenant: string
    topics: string
    token_hash: string
    token_made_at: number
    /** Of the token; null where it is good for ever. */
    expires_at: number | null
    /** The token before, good for a while beside it. */
    former_hash: string | null
    former_until: number | null
    /** When none of its tokens is good any more; null where that is never, or was. */
    lapses_at: number | null
    created_at: number
  }
  /** Beside the first, whose token is in the settings or the environment. */
  admins: { id: string; scopes: string; token_hash: string; expires_at: number | null; created_at: number }
  /** What was done, or tried; of those that were refused so many are kept and no more. */
  audit: {
    num: Generated<number>
    at: number
    actor: string | null
    action: string
    target: string | null
    address: string | null
    /** Null while it is under way, or where the hub stopped before its end. */
    status: number | null
    detail: string | null
    refused: number
  }
  /** See `core/key-life.ts`. The private key of one that signs no more is gone: ''. */
  signing_keys: {
    kid: string
    alg: string
    public_jwk: string
    private_sealed: string
    state: string
    created_at: number
    usable_at: number
    signs_from: number | null
    retired_at: number | null
    removed_at: number | null
    revoked_at: number | null
  }
  /** Keys of native events that were accepted, for deduplication. */
  native_events: { source: string; key: string; accepted_at: number }
  /** `num` is the version; the lowest of a source is the longest without news. */
  user_memories: { num: Generated<number>; source: string; user_hash: string; memory: string }
  events: {
    seq: Generated<number>
    jti: string
    tenant: string
    source: string
    native: string
    txn: string
    category: string
    name: string
    occurred_at: number | null
    accepted_at: number
    content_type: string
    body: string
    /** Whom it is about: a keyed hash. Null where that is not known, and in what earlier versions wrote. */
    subject: string | null
  }
  /** What is removed of a person, and how far that is. */
  erasures: {
    num: Generated<number>
    tenant: string
    /** As in `events`. */
    subject: string
    /** Events up to here are looked at. */
    place: Generated<number>
    up_to: number
    events: Generated<number>
    deliveries: Generated<number>
    dropped: Generated<number>
    memories: Generated<number>
    finished_at: number | null
  }
  /** The bytes of a registered topic, or a page's, for as long as somebody waits for them. */
  contents: { event: number; sealed: string }
  /** Pages of others that are, or were, to be fetched. */
  web_topics: {
    topic: string
    origin: string
    /** Pings that no fetch has answered. */
    wanted: number
    /** Fetches that failed since the last ping. */
    attempts: Generated<number>
    /** Not fetched before. */
    due_at: number
    /** What it held when it was sent last: JSON. */
    sent: string | null
    /** The place of that in the sequence. */
    sent_seq: number | null
    claim: string | null
    claimed_until: number | null
  }
  /** An event on a topic. `fan_out_after`: the last subscription that has its delivery; null once all have. */
  publications: { topic: string; seq: number; fan_out_after: number | null }
  subscriptions: {
    num: Generated<number>
    id: string
    tenant: string
    /** Whose it is, see `core/owner.ts`; null where nobody needs a token and none was shown. */
    owner: string | null
    topic: string
    callback: string
    origin: string
    host: string
    state: string
    secret_sealed: string | null
    lease_expires_at: number | null
    /** As granted. */
    lease_seconds: number | null
    /** When the hub asks again by itself; null where the subscriber renews. */
    renewal_at: number | null
    /** 1: the operator answers for the callback, which is not asked. */
    vouched: Generated<number>
    /** 1: nothing is claimed for it. */
    paused: Generated<number>
    /** Gets the events behind this place in the sequence. */
    active_from: number | null
    /** The newest intent that took effect: an older one confirmed later changes nothing. */
    intent_applied: Generated<number>
    /** 1 while deliveries may wait that it must no longer get. */
    undelivered: Generated<number>
    ended_why: string | null
    verification_at: number | null
    verification: string | null
    created_at: number
  }
  /** What a callback is to be asked, or told. */
  intents: {
    num: Generated<number>
    id: string
    /** Null in a denial: what it ends may be gone. */
    subscription: number | null
    owner: string | null
    topic: string
    callback: string
    host: string
    /** Who asked, as limits count clients. */
    client: string | null
    mode: string
    /** Of a denial. */
    reason: string | null
    secret_sealed: string | null
    lease_seconds: number
    /** 1: the hub renews the lease that this asks for. */
    renewing: Generated<number>
    /** 1: the hub's own question, which cannot begin a new life. */
    renewal: Generated<number>
    /** Each has hands of its own. A lease that the hub renews hangs on what is of the last. */
    kind: IntentKind
    vouched: Generated<number>
    verify_token: string | null
    attempts: number
    due_at: number
    claim: string | null
    claimed_until: number | null
  }
  verifications: {
    num: Generated<number>
    subscription: number
    settled_at: number
    mode: string
    outcome: VerificationOutcome
    reason: string | null
  }
  /** Those that wait. */
  deliveries: {
    num: Generated<number>
    subscription: number
    event: number
    attempts: Generated<number>
    /** Attempts that count against the schedule. */
    spent: Generated<number>
    /** How often the receiver said that it will not take it. */
    rejections: Generated<number>
    /** 1: a replay, which goes behind whatever else the subscription gets. */
    behind: Generated<number>
    /** 0: not tried yet, as soon as can be. */
    due_at: Generated<number>
    /** A line for each attempt, see `attempt-log.ts`. */
    log: Generated<string>
    created_at: number
    /** When its schedule began anew, by an operator's word. */
    begun_at: number | null
  }
  /** Events that a subscription is to get once more: those behind a place among their ages. Gone with its life. */
  replays: {
    num: Generated<number>
    subscription: number
    /** Accepted before then, and no later in the sequence. */
    until: number
    up_to: number
    at: number
    seq: number
    /** Deliveries so far. */
    made: Generated<number>
    due_at: number
    created_at: number
  }
  /** What was deleted and is not gone yet; it is marked by the column that it has. */
  removals: {
    num: Generated<number>
    kind: RemovalKind
    id: string
    tenant: string | null
    source: string | null
    owner: string | null
    subscription: number | null
    stage: Generated<number>
    place: Generated<number>
    created_at: number
  }
  /** Deliveries that are done with. */
  history: {
    num: number
    subscription: number
    event: number
    state: string
    attempts: number
    log: string
    created_at: number
    settled_at: number
  }
  /** The deliveries that wait for a subscription, and how its receiver does: see `core/queue-state.ts`. */
  queues: {
    subscription: number
    origin: string
    /** When it has something to send; null where nothing waits, or nothing may go out. */
    ready_at: number | null
    gate_at: Generated<number>
    window: Generated<number>
    quick: Generated<number>
    failures: Generated<number>
    failed_at: Generated<number>
    failing_since: number | null
    draining: Generated<number>
    last_success_at: number | null
    last_failure_at: number | null
    last_failure: string | null
    claim: string | null
    claimed_until: number | null
  }
}

/** A row as it is read. */
export type Row<T extends keyof Tables> = Selectable<Tables[T]>
