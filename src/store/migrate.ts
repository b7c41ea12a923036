/** Brings a store's tables up to this version, or refuses a store that a newer version wrote. */
import type Sqlite from 'better-sqlite3'
import { Kysely, SqliteAdapter, type SqliteDatabase, SqliteDialect } from 'kysely'
import { DEFAULT_MIGRATION_TABLE, Migrator } from 'kysely/migration'
import { migrations } from './migrations/index.ts'

/** @throws Error when a migration fails (its changes are rolled back) or the store is newer than this program */
export async function migrate(file: Sqlite.Database): Promise<void> {
  const newer = executed(file).filter((name) => !(name in migrations))
  if (newer.length > 0) {
    throw new Error(
      `The store was written by a newer version of Signet (it has ${newer.join(', ')}); start that version or a later one.`,
    )
  }
  const db = new Kysely({ dialect: new TransactionalDialect({ database: asKyselyKnowsIt(file) }) })
  const migrator = new Migrator({ db, provider: { getMigrations: () => Promise.resolve(migrations) } })
  const { error } = await migrator.migrateToLatest()
  if (error === undefined) return
  const reason = error instanceof Error ? error.message : JSON.stringify(error)
  throw new Error(`The store's tables cannot be brought up to this version: ${reason}.`, { cause: error })
}

/** Names of the migrations that made the tables what they are; none in a new store. */
function executed(file: Sqlite.Database): string[] {
  const table = file.prepare('select 1 from sqlite_schema where name = ?').get(DEFAULT_MIGRATION_TABLE)
  if (table === undefined) return []
  return file.prepare<[], string>(`select name from ${DEFAULT_MIGRATION_TABLE}`).pluck().all()
}

/** On a full disk SQLite rolls back by itself; that Kysely cannot do it again must not hide why. */
const asKyselyKnowsIt = (file: Sqlite.Database): SqliteDatabase => ({
  close: () => undefined,
  prepare: (sql) => file.prepare(sql === 'rollback' && !file.inTransaction ? NOTHING : sql),
})

const NOTHING = 'select null where false'

/** As Kysely knows SQLite, but for migrations: SQLite rolls back what changes tables like anything else. */
class TransactionalDialect extends SqliteDialect {
  override createAdapter(): SqliteAdapter {
    return new TransactionalAdapter()
  }
}

/** Without it each statement of a migration would be a commit, and a crash would leave half of one behind. */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}
