/**
 * Loaded into the program before anything of it (`--import`): it kills the process at a named point of the driver, as
 * `kill -9` would. The point comes by the environment, or by a message once the program runs. Nothing in the program
 * knows of it.
 */
import Sqlite from 'better-sqlite3'

export interface KillPoint {
  /** A statement that begins so, white space aside. */
  statement: string
  /** The n-th of them from now on; 1 unless given. */
  nth?: number
  /** Before or after it runs; before or after the commit that it is part of is made. */
  at: 'before' | 'after' | 'commit' | 'committed'
}

let armed: (KillPoint & { left: number }) | undefined
/** The statement has run, and its commit is awaited. */
let met = false

function arm(point: KillPoint): void {
  armed = { ...point, left: point.nth ?? 1 }
  met = false
}

/** Nothing runs after it: no handler, no flush, no close. */
const die = (): void => void process.kill(process.pid, 'SIGKILL')

/** As it is written, before its plan is made steady. */
const plain = (sql: string): string =>
  sql
    .replace(/likely\((@\w+|\?)\)/g, '$1')
    .replace(/\s+/g, ' ')
    .trim()

function watched<T>(sql: string, execute: () => T): T {
  if (armed === undefined) return execute()
  if (sql === 'commit') {
    if (met && armed.at === 'commit') die()
    const result = execute()
    if (met && armed.at === 'committed') die()
    return result
  }
  if (!plain(sql).startsWith(armed.statement)) return execute()
  armed.left -= 1
  if (armed.left > 0) return execute()
  if (armed.at === 'before') die()
  const result = execute()
  if (armed.at === 'after') die()
  met = true
  return result
}

const prototype = Sqlite.prototype
// eslint-disable-next-line @typescript-eslint/unbound-method -- called on each database below
const { prepare } = prototype
prototype.prepare = function (this: Sqlite.Database, sql: string) {
  const statement = prepare.call(this, sql) as Sqlite.Statement
  for (const name of ['run', 'get', 'all'] as const) {
    const execute = statement[name].bind(statement) as (...parameters: unknown[]) => never
    statement[name] = (...parameters: unknown[]) => watched(sql, () => execute(...parameters))
  }
  return statement
} as typeof prepare

const { TEST_KILL_POINT: point } = process.env
if (point !== undefined) arm(JSON.parse(point) as KillPoint)
process.on('message', (message: KillPoint) => {
  arm(message)
  process.send?.('armed')
})
// Whoever started it is gone.
process.once('disconnect', die)
// It must not keep the program from ending.
process.channel?.unref()
