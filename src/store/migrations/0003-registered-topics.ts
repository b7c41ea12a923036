/**
 * Topics that sources register, webhooks, leases that the hub renews, denials, and what sources and subscriptions
 * last came to. Frozen, as the first.
 */
import { type Kysely, sql } from 'kysely'

const statements = [
  `alter table sources add column topic_prefix text`,
  `alter table sources add column publish_unmapped integer not null default 0`,
  `alter table sources add column last_accepted_at integer`,
  `alter table sources add column last_refused_at integer`,
  `alter table sources add column last_refused_why text`,

  `create table registered_topics (
    topic text primary key,
    source text not null references sources on delete cascade,
    created_at integer not null
  ) without rowid`,
  `create index registered_topics_by_source on registered_topics (source)`,

  // What a registered topic carries is not the hub's to keep: gone once nobody waits for it any more.
  `create table contents (
    event integer primary key references events on delete cascade,
    sealed text not null
  )`,

  `create index native_events_by_age on native_events (accepted_at)`,
  `create index events_by_age on events (accepted_at)`,

  `create table webhooks (
    id text primary key,
    tenant text not null references tenants on delete cascade,
    name text not null,
    description text not null,
    url text not null,
    header_names text not null,
    headers_sealed text,
    topics text not null,
    secret_sealed text not null,
    format text not null check (format in ('jwt', 'json')),
    verification text not null check (verification in ('challenge', 'operator')),
    paused integer not null default 0,
    created_at integer not null
  ) without rowid`,
  `create index webhooks_by_tenant on webhooks (tenant)`,

  // An owner is a subscriber, or a webhook or source, which is told apart by its prefix.
  `alter table subscriptions rename column subscriber to owner`,
  `alter table subscriptions add column lease_seconds integer`,
  `alter table subscriptions add column renewal_at integer`,
  `alter table subscriptions add column vouched integer not null default 0`,
  `alter table subscriptions add column paused integer not null default 0`,
  `alter table subscriptions add column last_success_at integer`,
  `alter table subscriptions add column last_failure_at integer`,
  `alter table subscriptions add column last_failure text`,
  `create index subscriptions_by_owner on subscriptions (owner)`,
  `create index subscriptions_renewal on subscriptions (renewal_at) where state = 'active' and renewal_at is not null`,

  // A denial waits in the same queue: it goes to the same hosts, at the same pace.
  `alter table intents rename to intents_before`,
  `drop index intents_due`,
  `drop index intents_claimed`,
  `drop index intents_by_subscription`,
  `create table intents (
    num integer primary key autoincrement,
    id text not null unique,
    subscription integer not null references subscriptions on delete cascade,
    owner text,
    mode text not null check (mode in ('subscribe', 'unsubscribe', 'denied')),
    reason text,
    secret_sealed text,
    lease_seconds integer not null,
    renewing integer not null default 0,
    renewal integer not null default 0,
    vouched integer not null default 0,
    verify_token text,
    attempts integer not null,
    due_at integer not null,
    claim text,
    claimed_until integer
  )`,
  `insert into intents (num, id, subscription, owner, mode, secret_sealed, lease_seconds, verify_token, attempts, due_at)
    select num, id, subscription, subscriber, mode, secret_sealed, lease_seconds, verify_token, attempts, due_at
    from intents_before`,
  // Numbers go on where they were, also when no intent waits: the newer of two intents is told by its number.
  `delete from sqlite_sequence where name = 'intents'`,
  `insert into sqlite_sequence (name, seq)
    select 'intents', seq from sqlite_sequence where name = 'intents_before'`,
  `drop table intents_before`,
  `create index intents_due on intents (due_at) where claim is null`,
  `create index intents_claimed on intents (claimed_until) where claim is not null`,
  `create index intents_by_subscription on intents (subscription)`,
]

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}
