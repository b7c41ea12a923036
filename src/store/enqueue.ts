import type Sqlite from 'better-sqlite3'

/** A delivery that is to be made for one subscription alone. */
interface Enqueued {
  event: number
  /** 0: as soon as can be, among those that were not tried yet. */
  dueAt: number
  /** Behind whatever else the subscription gets. */
  behind?: boolean
}

/** @returns what makes it, within a commit, and tells its number; its queue has something to send then */
export function createEnqueue(
  file: Sqlite.Database,
): (subscription: number, delivery: Enqueued, now: number) => number {
  const insert = file.prepare(
    'insert into deliveries (subscription, event, behind, due_at, created_at) values (?, ?, ?, ?, ?)',
  )
  const wake = createWake(file)
  return (subscription, { event, dueAt, behind = false }, now) => {
    const { lastInsertRowid } = insert.run(subscription, event, Number(behind), dueAt, now)
    wake(subscription, Math.max(dueAt, now))
    return Number(lastInsertRowid)
  }
}

/** @returns what lets a queue be looked at from `at` on, unless it is to be sooner, or its subscription is paused */
export function createWake(file: Sqlite.Database): (subscription: number, at: number) => void {
  const wake = file.prepare(wakeQueues('num = @subscription'))
  return (subscription, at) => void wake.run({ subscription, at })
}

/** The same in SQL, for the queues of all these subscriptions. @param which a condition on their rows */
export const wakeQueues = (which: string): string =>
  `insert into queues (subscription, origin, ready_at)
   select num, origin, case paused when 0 then @at end from subscriptions where ${which}
   on conflict (subscription) do update set ready_at = max(gate_at, excluded.ready_at)
   where ready_at is null or ready_at > max(gate_at, excluded.ready_at)`
