/** What an operator asks for: deliveries again, lists of what is in a state, deletion of what is large. Frozen, as the first. */
import { type Kysely, sql } from 'kysely'

const statements = [
  // When its schedule began anew; null where it goes on since it was made.
  `alter table deliveries add column begun_at integer`,

  // A place among the ages of events, from which it goes on.
  `create table replays (
    num integer primary key autoincrement,
    subscription integer not null references subscriptions on delete cascade,
    until integer not null,
    up_to integer not null,
    at integer not null,
    seq integer not null,
    made integer not null default 0,
    due_at integer not null,
    created_at integer not null
  )`,
  `create index replays_by_subscription on replays (subscription)`,
  `create index replays_due on replays (due_at)`,
  // With the life that it was asked for in: whatever ends or begins one says that something may be left of it.
  `create trigger replays_end after update of undelivered on subscriptions when new.undelivered = 1 begin
    delete from replays where subscription = new.num;
  end`,

  // Marks what was deleted and is not gone yet, with how far that is.
  `create table removals (
    num integer primary key autoincrement,
    kind text not null,
    id text not null,
    tenant text,
    source text,
    owner text,
    subscription integer,
    stage integer not null default 0,
    place integer not null default 0,
    created_at integer not null,
    unique (kind, id)
  )`,

  // To the deliveries of one subscription by the events that it got: nothing that is written costs more for it.
  `drop index deliveries_by_event`,
  `create index deliveries_by_event on deliveries (event, subscription)`,
  // Of these there are few: what is delivered is in none of them.
  `create index history_undelivered on history (state, event, subscription) where state <> 'delivered'`,
  `create index history_undelivered_of on history (subscription, state, event) where state <> 'delivered'`,
  `create index events_tests on events (tenant, seq) where source = 'signet'`,
  `create index subscriptions_resting on subscriptions (topic, state) where state <> 'active'`,
]

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}
