/** What came of every verification, and denials that outlive the subscription that they end. Frozen, as the first. */
import { type Kysely, sql } from 'kysely'

const statements = [
  // Each says by itself what is to be asked or told, and where: a denial stands alone, so that it is told although
  // its subscription, or all of its tenant, was deleted.
  `alter table intents rename to intents_before`,
  `drop index intents_due`,
  `drop index intents_claimed`,
  `drop index intents_by_subscription`,
  `create table intents (
    num integer primary key autoincrement,
    id text not null unique,
    subscription integer references subscriptions on delete cascade,
    owner text,
    topic text not null,
    callback text not null,
    host text not null,
    mode text not null check (mode in ('subscribe', 'unsubscribe', 'denied')),
    reason text,
    secret_sealed text,
    lease_seconds integer not null,
    renewing integer not null default 0,
    renewal integer not null default 0,
    kind text not null check (kind in ('ask', 'denial', 'renewal')),
    vouched integer not null default 0,
    verify_token text,
    attempts integer not null,
    due_at integer not null,
    claim text,
    claimed_until integer,
    check ((subscription is null) = (mode = 'denied'))
  )`,
  `insert into intents (num, id, subscription, owner, topic, callback, host, mode, reason, secret_sealed,
      lease_seconds, renewing, renewal, kind, vouched, verify_token, attempts, due_at)
    select i.num, i.id, case when i.mode <> 'denied' then i.subscription end, i.owner, s.topic, s.callback, s.host,
      i.mode, i.reason, i.secret_sealed,
      i.lease_seconds, i.renewing, i.renewal,
      case when i.mode = 'denied' then 'denial' when i.renewal = 1 then 'renewal' else 'ask' end, i.vouched, i.verify_token, i.attempts, i.due_at
    from intents_before i join subscriptions s on s.num = i.subscription`,
  // Numbers go on where they were, also when no intent waits: the newer of two intents is told by its number.
  `delete from sqlite_sequence where name = 'intents'`,
  `insert into sqlite_sequence (name, seq)
    select 'intents', seq from sqlite_sequence where name = 'intents_before'`,
  `drop table intents_before`,
  `create index intents_due on intents (due_at) where claim is null`,
  `create index intents_due_by_kind on intents (kind, due_at, num) where claim is null`,
  `create index intents_claimed on intents (claimed_until) where claim is not null`,
  `create index intents_by_subscription on intents (subscription)`,
  `create index intents_denied on intents (topic, callback) where mode = 'denied'`,

  `create table verifications (
    num integer primary key autoincrement,
    subscription integer not null references subscriptions on delete cascade,
    settled_at integer not null,
    mode text not null,
    outcome text not null,
    reason text
  )`,
  `create index verifications_by_subscription on verifications (subscription, num)`,
]

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}
