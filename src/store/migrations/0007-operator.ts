/** What an operator asks for: deliveries again, and lists of what is in a state. Frozen, as the first. */
import { type Kysely, sql } from 'kysely'

const statements = [
  // When its schedule began anew; null where it goes on since it was made.
  `alter table deliveries add column begun_at integer`,

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
