/** What the hub remembers of users, and how old an event of a source may be. Frozen, as the first. */
import { type Kysely, sql } from 'kysely'

const statements = [
  // num is the version too: autoincrement never gives one twice, so no memory is mistaken for a later one.
  `create table user_memories (
    num integer primary key autoincrement,
    source text not null references sources on delete cascade,
    user_hash text not null,
    memory text not null,
    unique (source, user_hash)
  )`,
  `create index user_memories_oldest on user_memories (source, num)`,
  // Counted as they come and go: counting a million rows at every event would take longer than the event.
  `alter table sources add column users_remembered integer not null default 0`,
  `alter table sources add column max_age integer`,
]

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}
