/** Brings a store's tables up to this version, or refuses a store that a newer version wrote. */
import type { Kysely } from 'kysely'
import { Migrator } from 'kysely/migration'
import { migrations } from './migrations/index.ts'
import type { Tables } from './tables.ts'

/** @throws Error when a migration fails (its changes are rolled back) or the store is newer than this program */
export async function migrate(db: Kysely<Tables>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: () => Promise.resolve(migrations) } })
  const { error } = await migrator.migrateToLatest()
  if (error === undefined) return
  const reason = error instanceof Error ? error.message : JSON.stringify(error)
  throw new Error(`The store's tables cannot be brought up to this version: ${reason}.`, { cause: error })
}
