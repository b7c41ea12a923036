import type Sqlite from 'better-sqlite3'
import { among } from './among.ts'
import { EVERY, withdraw } from './denials.ts'
import { all, build, first, run } from './typed-sql.ts'

/**
 * Within a commit: ends what a subscriber has whose last token has run out, at most `limit` subscriptions; its callbacks
 * are told.
 *
 * @returns whether there was such a subscriber
 */
export function endAccess(file: Sqlite.Database, now: number, limit: number): boolean {
  const lapsed = build.selectFrom('subscribers').select('id').where('lapses_at', '<=', now).limit(1)
  const id = first(file, lapsed)?.id
  if (id === undefined) return false
  const active = build
    .selectFrom('subscriptions')
    .select('num')
    .where('owner', '=', id)
    .where('state', '=', 'active')
  const nums = all(file, active.limit(limit)).map(({ num }) => num)
  const words = { why: 'its subscriber’s token ran out', reason: 'access was withdrawn', now }
  if (nums.length < limit) {
    // What was asked for and is not verified yet goes with the last of them.
    withdraw(file, id, EVERY, words)
    run(file, build.updateTable('subscribers').set({ lapses_at: null }).where('id', '=', id))
  } else withdraw(file, id, (s) => s('num', 'in', among(nums)), words)
  return true
}
