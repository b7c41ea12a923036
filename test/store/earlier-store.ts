import { Kysely, SqliteDialect } from 'kysely'
import { openFile } from '../../src/store/index.ts'
import { migrations } from '../../src/store/migrations/index.ts'

/** A store as an earlier version left it, after so many migrations, with these rows. */
export async function writeEarlierStore(path: string, version: number, rows: string): Promise<void> {
  const file = openFile(path)
  const db = new Kysely({ dialect: new SqliteDialect({ database: file }) })
  file.exec('create table kysely_migration (name varchar(255) primary key, timestamp varchar(255) not null)')
  for (const [name, migration] of Object.entries(migrations).slice(0, version)) {
    await migration.up(db)
    file.exec(`insert into kysely_migration values ('${name}', '2020-01-01')`)
  }
  file.exec(rows)
  await db.destroy()
}
