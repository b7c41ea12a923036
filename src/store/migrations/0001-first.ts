/** The first tables. Frozen once released: what changes later is a migration of its own. */
import { type Kysely, sql } from 'kysely'

const statements = [
  `create table settings (name text primary key, value text not null) without rowid`,

  `create table tenants (
    id text primary key,
    subscribe text not null check (subscribe in ('token', 'open')),
    created_at integer not null
  ) without rowid`,

  `create table sources (
    id text primary key,
    tenant text not null references tenants on delete cascade,
    provider text not null,
    issuer text not null,
    auth_method text not null,
    auth_sealed text not null,
    disclose text not null,
    created_at integer not null
  ) without rowid`,
  `create index sources_by_tenant on sources (tenant)`,

  `create table subscribers (
    id text primary key,
    tenant text not null references tenants on delete cascade,
    topics text not null,
    token_hash text not null unique,
    created_at integer not null
  ) without rowid`,
  `create index subscribers_by_tenant on subscribers (tenant)`,

  `create table signing_keys (
    kid text primary key,
    alg text not null,
    public_jwk text not null,
    private_sealed text not null,
    state text not null check (state in ('next', 'active', 'retired', 'removed')),
    created_at integer not null
  ) without rowid`,

  `create table native_events (
    source text not null references sources on delete cascade,
    key text not null,
    accepted_at integer not null,
    primary key (source, key)
  ) without rowid`,

  // autoincrement: a place in the sequence is never given twice, even when the newest events are deleted.
  `create table events (
    seq integer primary key autoincrement,
    jti text not null unique,
    tenant text not null references tenants on delete cascade,
    source text not null,
    native text not null,
    txn text not null,
    category text not null,
    name text not null,
    occurred_at integer,
    accepted_at integer not null,
    content_type text not null,
    body text not null
  )`,
  `create index events_by_tenant on events (tenant, seq)`,

  `create table publications (
    topic text not null,
    seq integer not null references events on delete cascade,
    fan_out_after integer,
    primary key (topic, seq)
  ) without rowid`,
  `create index publications_by_event on publications (seq)`,
  `create index publications_waiting on publications (seq) where fan_out_after is not null`,

  `create table subscriptions (
    num integer primary key autoincrement,
    id text not null unique,
    tenant text not null references tenants on delete cascade,
    subscriber text,
    topic text not null,
    callback text not null,
    origin text not null,
    host text not null,
    state text not null check (state in ('pending', 'active', 'ended')),
    secret_sealed text,
    lease_expires_at integer,
    active_from integer,
    intent_applied integer not null default 0,
    undelivered integer not null default 0,
    ended_why text,
    verification_at integer,
    verification text,
    created_at integer not null,
    unique (topic, callback)
  )`,
  `create index subscriptions_by_tenant on subscriptions (tenant)`,
  `create index subscriptions_active on subscriptions (topic, num) where state = 'active'`,
  `create index subscriptions_undelivered on subscriptions (num) where undelivered = 1`,
  `create index subscriptions_lease on subscriptions (lease_expires_at) where state = 'active'`,

  `create table intents (
    num integer primary key autoincrement,
    id text not null unique,
    subscription integer not null references subscriptions on delete cascade,
    subscriber text,
    mode text not null check (mode in ('subscribe', 'unsubscribe')),
    secret_sealed text,
    lease_seconds integer not null,
    verify_token text,
    attempts integer not null,
    due_at integer not null,
    claim text,
    claimed_until integer
  )`,
  `create index intents_due on intents (due_at) where claim is null`,
  `create index intents_claimed on intents (claimed_until) where claim is not null`,
  `create index intents_by_subscription on intents (subscription)`,

  `create table deliveries (
    num integer primary key autoincrement,
    subscription integer not null references subscriptions on delete cascade,
    event integer not null references events on delete cascade,
    state text not null check (state in ('waiting', 'delivered', 'dead', 'dropped')),
    attempts integer not null,
    due_at integer not null,
    claim text,
    claimed_until integer,
    created_at integer not null,
    settled_at integer,
    unique (subscription, event)
  )`,
  `create index deliveries_by_event on deliveries (event)`,
  `create index deliveries_due on deliveries (due_at, num) where state = 'waiting' and claim is null`,
  `create index deliveries_waiting on deliveries (subscription) where state = 'waiting'`,
  `create index deliveries_claimed on deliveries (subscription, claimed_until) where claim is not null`,

  `create table receipts (
    num integer primary key autoincrement,
    delivery integer not null references deliveries on delete cascade,
    attempt integer not null,
    at integer not null,
    ms integer not null,
    status integer,
    outcome text not null
  )`,
  `create index receipts_by_delivery on receipts (delivery)`,
]

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}
