/** What an operator asks for: deliveries again. Frozen, as the first. */
import { type Kysely, sql } from 'kysely'

const statements = [
  // When its schedule began anew; null where it goes on since it was made.
  `alter table deliveries add column begun_at integer`,
]

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}
