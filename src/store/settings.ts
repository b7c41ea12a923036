import type Sqlite from 'better-sqlite3'
import type { Commits } from './commits.ts'
import { read } from './faults.ts'

/** Small facts about this store. */
export interface Settings {
  get(name: string): Promise<string | undefined>
  set(name: string, value: string): Promise<void>
}

/** In a statement that is prepared. */
export const SET_SETTING = `insert into settings (name, value) values (@name, @value)
  on conflict (name) do update set value = excluded.value`

export function createSettings(commits: Commits, file: Sqlite.Database): Settings {
  const get = file.prepare<[string], string>('select value from settings where name = ?').pluck()
  const set = file.prepare(SET_SETTING)
  return {
    get: (name) => read(() => get.get(name)),
    set: (name, value) => commits.durable(() => void set.run({ name, value })),
  }
}
