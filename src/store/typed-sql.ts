/**
 * SQL that is rare or composed: Kysely builds it, typed by the tables, and runs none of it, so that a change within a
 * commit is one synchronous function. What every event or delivery runs is text that is prepared once. SQLite looks at
 * the values that are bound before it says which partial indexes serve, so `state = ?` finds those of `state = 'active'`.
 */
import type Sqlite from 'better-sqlite3'
import type { Compilable, Expression, ExpressionBuilder, RawBuilder, SqlBool, StringReference } from 'kysely'
import { DummyDriver, Kysely, sql, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely'
import type { Tables } from './tables.ts'

export const build = new Kysely<Tables>({
  dialect: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  },
})

/** A condition that prepared statements share: text of ours, with no value in it. */
export const so = (condition: string): RawBuilder<SqlBool> => sql`(${sql.raw(condition)})`

/** That these columns are what is asked for; where nothing is, they do not matter. */
export const where = <DB, TB extends keyof DB, C extends StringReference<DB, TB>>(
  row: ExpressionBuilder<DB, TB>,
  asked: Partial<Record<C, string | undefined>>,
): Expression<SqlBool>[] =>
  Object.entries(asked).flatMap(([column, value]) =>
    value === undefined ? [] : [sql<SqlBool>`${row.ref(column as C)} = ${value}`],
  )

export const all = <R>(file: Sqlite.Database, query: Compilable<R>): R[] => {
  const [statement, parameters] = prepare(file, query)
  return statement.all(parameters)
}

export const first = <R>(file: Sqlite.Database, query: Compilable<R>): R | undefined => {
  const [statement, parameters] = prepare(file, query)
  return statement.get(parameters)
}

/** Runs what returns no rows. */
export const run = (file: Sqlite.Database, query: Compilable): Sqlite.RunResult => {
  const [statement, parameters] = prepare(file, query)
  return statement.run(parameters)
}

/** Prepared statements by their text. They are bounded by the code, since a list of values is one parameter. */
const known = new WeakMap<Sqlite.Database, Map<string, Sqlite.Statement>>()

/** Each once: preparing takes longer than running. */
function prepare<R>(file: Sqlite.Database, query: Compilable<R>) {
  const { sql: text, parameters } = query.compile()
  const statements = known.get(file) ?? new Map<string, Sqlite.Statement>()
  const statement = statements.get(text) ?? file.prepare(text)
  known.set(file, statements.set(text, statement))
  return [statement as Sqlite.Statement<[readonly unknown[]], R>, parameters] as const
}
