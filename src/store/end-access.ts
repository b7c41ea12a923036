import type Sqlite from 'better-sqlite3'
import { numbered, NUMS } from './among.ts'
import { withdraw } from './denials.ts'

/**
 * @returns what ends, within a commit, what a subscriber has whose last token has run out, at most `limit` subscriptions;
 *   its callbacks are told. It tells whether there was such a subscriber
 */
export function createEndAccess(file: Sqlite.Database): (now: number, limit: number) => boolean {
  const lapsed = file
    .prepare<[number], string>('select id from subscribers where lapses_at <= ? limit 1')
    .pluck()
  const living = file
    .prepare<[string, number], number>(
      `select num from subscriptions where owner = ? and state = 'active' limit ?`,
    )
    .pluck()
  const done = file.prepare('update subscribers set lapses_at = null where id = ?')
  return (now, limit) => {
    const subscriber = lapsed.get(now)
    if (subscriber === undefined) return false
    const nums = living.all(subscriber, limit)
    const words = { why: 'its subscriber’s token ran out', reason: 'access was withdrawn', now }
    if (nums.length < limit) {
      // What was asked for and is not verified yet goes with the last of them.
      withdraw(file, subscriber, ['true'], words)
      done.run(subscriber)
    } else withdraw(file, subscriber, [`num in ${NUMS}`, numbered(nums)], words)
    return true
  }
}
