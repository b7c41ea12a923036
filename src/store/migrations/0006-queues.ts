/**
 * What waits to be delivered stands apart from what is done with, and each subscription has a queue. Frozen, as the
 * first.
 */
import { type Kysely, sql } from 'kysely'

const statements = [
  // Only what waits: rows come and go, and the table stays as small as the backlog is.
  `alter table deliveries rename to deliveries_before`,
  `drop index deliveries_by_event`,
  `drop index deliveries_due`,
  `drop index deliveries_waiting`,
  `drop index deliveries_claimed`,
  `create table deliveries (
    num integer primary key autoincrement,
    subscription integer not null references subscriptions on delete cascade,
    event integer not null references events on delete cascade,
    attempts integer not null default 0,
    spent integer not null default 0,
    rejections integer not null default 0,
    behind integer not null default 0,
    due_at integer not null default 0,
    log text not null default '',
    created_at integer not null
  )`,
  // Goes with its event alone: one index that grows at its end, since every delivery is written here.
  `create table history (
    num integer primary key,
    subscription integer not null,
    event integer not null references events on delete cascade,
    state text not null check (state in ('delivered', 'dead', 'dropped')),
    attempts integer not null,
    log text not null,
    created_at integer not null,
    settled_at integer not null
  )`,
  `create temporary table logs as
    select delivery, group_concat(json_array(at, ms, status, outcome), char(10)) || char(10) as log
    from (select * from receipts order by delivery, num) group by delivery`,
  `create unique index temp.logs_by_delivery on logs (delivery)`,
  `insert into deliveries (num, subscription, event, attempts, spent, due_at, log, created_at)
    select num, subscription, event, attempts, attempts, case attempts when 0 then 0 else due_at end,
      coalesce(log, ''), created_at
    from deliveries_before left join logs on delivery = num where state = 'waiting'`,
  `insert into history
    select num, subscription, event, state, attempts, coalesce(log, ''), created_at,
      coalesce(settled_at, created_at)
    from deliveries_before left join logs on delivery = num where state <> 'waiting'`,
  `drop table temp.logs`,
  // Numbers go on where they were: they are the deliveries' ids.
  `delete from sqlite_sequence where name = 'deliveries'`,
  `insert into sqlite_sequence (name, seq)
    select 'deliveries', seq from sqlite_sequence where name = 'deliveries_before'`,
  `drop table receipts`,
  `drop table deliveries_before`,
  `create index deliveries_of_queue on deliveries (subscription, behind, due_at, num)`,
  `create index deliveries_by_event on deliveries (event)`,
  `create index history_by_event on history (event, subscription)`,

  `create table queues (
    subscription integer primary key references subscriptions on delete cascade,
    origin text not null,
    ready_at integer,
    gate_at integer not null default 0,
    window integer not null default 1,
    quick integer not null default 0,
    failures integer not null default 0,
    failed_at integer not null default 0,
    failing_since integer,
    draining integer not null default 0,
    last_success_at integer,
    last_failure_at integer,
    last_failure text,
    claim text,
    claimed_until integer
  )`,
  `insert into queues (subscription, origin, ready_at, last_success_at, last_failure_at, last_failure)
    select num, origin,
      case when paused = 0 and state = 'active'
        then (select min(due_at) from deliveries where subscription = subscriptions.num) end,
      last_success_at, last_failure_at, last_failure
    from subscriptions`,
  `create index queues_ready on queues (ready_at) where ready_at is not null and claim is null`,
  `create index queues_claimed on queues (claimed_until) where claim is not null`,
  `create index queues_failing on queues (failing_since) where failing_since is not null`,
  `alter table subscriptions drop column last_success_at`,
  `alter table subscriptions drop column last_failure_at`,
  `alter table subscriptions drop column last_failure`,
]

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}
