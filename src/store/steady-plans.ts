/**
 * Statements that are planned once. SQLite plans by the values that are bound to a statement too, where they may matter
 * (a limit, say), and plans anew whenever others are bound: that takes ten times as long as what is planned. It does not
 * look behind `likely`, which changes nothing else (https://sqlite.org/lang_corefunc.html#likely).
 */
import type Sqlite from 'better-sqlite3'

/** @returns the same file, for statements whose plans do not depend on what is bound */
export const withSteadyPlans = (file: Sqlite.Database): Sqlite.Database =>
  Object.create(file, {
    prepare: { value: (sql: string) => file.prepare(steady(sql)) },
  }) as Sqlite.Database

/** Every parameter behind `likely`; what is quoted, and comments, are left alone. */
const steady = (sql: string): string =>
  sql.replace(/(--.*|'[^']*')|@\w+|\?/g, (found, left?: string) =>
    left === undefined ? `likely(${found})` : found,
  )
