/** Topics that are pages of others: which are to be fetched, and what they held last. Frozen, as the first. */
import { type Kysely, sql } from 'kysely'

const statements = [
  // Whose subscriptions to pages are: an id that no operator can give, open as pages are.
  `insert into tenants (id, subscribe, created_at) values ('.web', 'open', 0)`,

  `create table web_topics (
    topic text primary key,
    origin text not null,
    wanted integer not null,
    attempts integer not null default 0,
    due_at integer not null,
    sent text,
    sent_seq integer,
    claim text,
    claimed_until integer
  ) without rowid`,
  `create index web_topics_due on web_topics (due_at) where wanted > 0 and claim is null`,
  `create index web_topics_claimed on web_topics (origin) where claim is not null`,
]

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}
