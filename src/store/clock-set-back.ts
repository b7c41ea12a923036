/** What is to happen at a time, when the clock is set back. */
import type Sqlite from 'better-sqlite3'

/** Times by which something happens, or until which nothing does. */
const TIMES = {
  deliveries: ['due_at'],
  queues: ['ready_at', 'gate_at', 'failed_at', 'failing_since', 'claimed_until'],
  intents: ['due_at', 'claimed_until'],
  web_topics: ['due_at', 'claimed_until'],
  replays: ['due_at'],
}

/** @returns what brings all of it forward by `ms`, but nothing to before `now`; to be called within a commit */
export function createClockSetBack(file: Sqlite.Database): (ms: number, now: number) => void {
  const changes = Object.entries(TIMES).map(([table, times]) => {
    const earlier = times.map((time) => `${time} = iif(${time} > @now, max(@now, ${time} - @ms), ${time})`)
    const which = times.map((time) => `${time} > @now`)
    return file.prepare(`update ${table} set ${earlier.join(', ')} where ${which.join(' or ')}`)
  })
  return (ms, now) => {
    for (const change of changes) change.run({ ms, now })
  }
}
