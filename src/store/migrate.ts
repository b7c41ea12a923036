/** Brings a store's tables up to this version, or refuses a store that a newer version wrote. */
import { type Kysely, sql } from 'kysely'
import { DEFAULT_MIGRATION_TABLE, Migrator } from 'kysely/migration'
import { migrations } from './migrations/index.ts'
import type { Tables } from './tables.ts'

/** @throws Error when a migration fails (its changes are rolled back) or the store is newer than this program */
export async function migrate(db: Kysely<Tables>): Promise<void> {
  const newer = (await executed(db)).filter((name) => !(name in migrations))
  if (newer.length > 0) {
    throw new Error(
      `The store was written by a newer version of Signet (it has ${newer.join(', ')}); start that version or a later one.`,
    )
  }
  const migrator = new Migrator({ db, provider: { getMigrations: () => Promise.resolve(migrations) } })
  const { error } = await migrator.migrateToLatest()
  if (error === undefined) return
  const reason = error instanceof Error ? error.message : JSON.stringify(error)
  throw new Error(`The store's tables cannot be brought up to this version: ${reason}.`, { cause: error })
}

/** Names of the migrations that made the tables what they are; none in a new store. */
async function executed(db: Kysely<Tables>): Promise<string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true })
  if (!tables.some(({ name }) => name === DEFAULT_MIGRATION_TABLE)) return []
  const { rows } = await sql<{
    name: string
  }>`select name from ${sql.table(DEFAULT_MIGRATION_TABLE)}`.execute(db)
  return rows.map(({ name }) => name)
}
