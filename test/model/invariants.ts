/** What is true of the file between any two commits, whatever has happened. */
import type Sqlite from 'better-sqlite3'

/** What is due and of a former life is looked at again after this long. */
const LATER_MS = 500

const ALIVE = `s.state = 'active' and s.lease_expires_at > @now and s.paused = 0`

/** To be sent in the life that there is now. */
const ENTITLED = `d.subscription = s.num and (d.event > s.active_from or d.behind = 1 and s.undelivered = 0)`

const broken: Record<string, string> = {
  'something waits in a queue that will not be claimed, or too late': `
    select s.num, q.ready_at, q.gate_at, (select min(due_at) from deliveries d where ${ENTITLED}) as due
    from subscriptions s left join queues q on q.subscription = s.num
    where ${ALIVE} and q.claim is null and exists (select 1 from deliveries d where ${ENTITLED})
      and (q.ready_at is null or q.ready_at > max(q.gate_at, @now + ${LATER_MS},
        (select min(due_at) from deliveries d where ${ENTITLED})))`,
  'a queue is claimed before its gate opens': `
    select subscription, ready_at, gate_at from queues where claim is null and ready_at < gate_at`,
  'a claim has no end': `
    select subscription from queues where (claim is null) <> (claimed_until is null)`,
  'a delivery waits and is done with': `
    select num from deliveries where num in (select num from history)`,
  'a replay goes on for a life that is over': `
    select r.num from replays r join subscriptions s on s.num = r.subscription where s.state = 'ended'`,
  'what is left of a former life is never dropped': `
    select s.num from subscriptions s where s.undelivered = 0 and exists (
      select 1 from deliveries d where d.subscription = s.num and d.behind = 0
        and (s.state = 'ended' or d.event <= s.active_from))`,
}

/** @returns what is not as it should be, in words, with the rows that show it */
export function brokenInvariants(file: Sqlite.Database, now: number): string[] {
  if (!file.open || file.inTransaction) return []
  return Object.entries(broken).flatMap(([what, sql]) => {
    const rows = file.prepare(sql).all(sql.includes('@now') ? { now } : {})
    return rows.length === 0 ? [] : [`${what}: ${JSON.stringify(rows.slice(0, 3))}`]
  })
}
