/** Who asked for a verification, and indexes by which crowds are counted. Frozen, as the first. */
import { type Kysely, sql } from 'kysely'

const statements = [
  `alter table intents add column client text`,
  `create index intents_by_host on intents (host) where kind = 'ask'`,
  `create index intents_by_client on intents (client) where client is not null`,
  `create index subscriptions_living_by_host on subscriptions (host) where state <> 'ended'`,
]

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}
