/**
 * Who may do what, and for how long: the lives of signing keys, admins beside the first, what was done, tokens that
 * end, and whom an event is about. Frozen, as the first.
 */
import { type Kysely, sql } from 'kysely'

const statements = [
  `alter table signing_keys add column usable_at integer not null default 0`,
  `alter table signing_keys add column signs_from integer`,
  `alter table signing_keys add column retired_at integer`,
  `alter table signing_keys add column removed_at integer`,
  `alter table signing_keys add column revoked_at integer`,
  `update signing_keys set signs_from = created_at`,
  // Nobody noted when: from now on it is long enough at any rate.
  `update signing_keys set retired_at = cast(strftime('%s', 'now') as integer) * 1000, private_sealed = ''
    where state = 'retired'`,

  `create table admins (
    id text primary key,
    scopes text not null,
    token_hash text not null unique,
    expires_at integer,
    created_at integer not null
  ) without rowid`,

  `create table audit (
    num integer primary key autoincrement,
    at integer not null,
    actor text,
    action text not null,
    target text,
    address text,
    status integer,
    detail text,
    refused integer not null default 0
  )`,
  `create index audit_by_age on audit (at)`,
  `create index audit_by_actor on audit (actor, num)`,
  `create index audit_by_target on audit (target, num)`,
  `create index audit_refused on audit (num) where refused = 1`,

  `alter table subscribers add column token_made_at integer not null default 0`,
  `alter table subscribers add column expires_at integer`,
  `alter table subscribers add column former_hash text`,
  `alter table subscribers add column former_until integer`,
  // When no token of its is good any more; null where that is never, or was.
  `alter table subscribers add column lapses_at integer`,
  `update subscribers set token_made_at = created_at`,
  `create unique index subscribers_by_former on subscribers (former_hash) where former_hash is not null`,
  `create index subscribers_lapsing on subscribers (lapses_at) where lapses_at is not null`,

  `alter table events add column subject text`,
  // Beside the sequence, and not an index of hashes: that would write a page for every event.
  `drop index events_by_tenant`,
  `create index events_by_tenant on events (tenant, seq, subject)`,

  `create table erasures (
    num integer primary key autoincrement,
    tenant text not null references tenants on delete cascade,
    subject text not null,
    place integer not null default 0,
    up_to integer not null,
    events integer not null default 0,
    deliveries integer not null default 0,
    dropped integer not null default 0,
    memories integer not null default 0,
    finished_at integer
  )`,
  `create index erasures_under_way on erasures (num) where finished_at is null`,
  `create index erasures_by_tenant on erasures (tenant)`,
]

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}
