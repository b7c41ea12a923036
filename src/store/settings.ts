import type Sqlite from 'better-sqlite3'
import type { Commits } from './commits.ts'
import { read } from './faults.ts'
import { build, first, run } from './typed-sql.ts'

/** Small facts about this store. */
export interface Settings {
  get(name: string): Promise<string | undefined>
  set(name: string, value: string): Promise<void>
}

export function createSettings(commits: Commits, file: Sqlite.Database): Settings {
  return {
    get: (name) =>
      read(() => first(file, build.selectFrom('settings').select('value').where('name', '=', name))?.value),
    set: (name, value) => commits.durable(() => setSetting(file, name, value)),
  }
}

/** Within a commit. */
export function setSetting(file: Sqlite.Database, name: string, value: string): void {
  const insert = build.insertInto('settings').values({ name, value })
  const set = insert.onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
  run(file, set)
}
