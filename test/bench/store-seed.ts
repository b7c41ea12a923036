/**
 * The one place that knows the hub's tables: rows that would take too long to come about by HTTP are written into
 * the file while no hub runs. Follow the tables here.
 */
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { type Tenant, topicOf } from './scene.ts'

interface Seed {
  tenant: Tenant
  subscriptions: number
  /** Their deliveries are made, and wait. */
  paused?: boolean
}

/** So many subscriptions share a host, each of 127.0.0.0/8. */
const PER_HOST = 100

const HOUR_MS = 3_600_000

/** To the tenant's topic, active since before the first event, with nobody at their callbacks. */
export function seedSubscriptions(folder: string, { tenant, subscriptions, paused = false }: Seed): void {
  edit(folder, (database) => {
    const insert = database.prepare(`
      insert into subscriptions (id, tenant, owner, topic, callback, origin, host, state, lease_expires_at,
        lease_seconds, active_from, paused, verification_at, verification, created_at)
      values (@id, @tenant, @tenant, @topic, @callback, @origin, @host, 'active', @now + 864000000,
        864000, 0, @paused, @now, 'subscribe confirmed', @now)`)
    const common = { tenant, topic: topicOf(tenant), paused: Number(paused), now: Date.now() }
    for (let i = 0; i < subscriptions; i += 1) {
      const host = hostOf(Math.floor(i / PER_HOST))
      const origin = `http://${host}:9`
      insert.run({ ...common, id: `seeded-${tenant}-${i}`, callback: `${origin}/cb/${i}`, origin, host })
    }
    database.exec(
      'insert into queues (subscription, origin) select num, origin from subscriptions where true',
    )
  })
}

/**
 * Of every event in the store for every subscription of its tenant: one attempt failed, the next is hours away.
 *
 * @throws Error when they are not as many as expected: the tables are no longer what is said here
 */
export function seedRetries(folder: string, expected: number): void {
  edit(folder, (database) => {
    const now = Date.now()
    const { changes } = database
      .prepare(
        `insert into deliveries (subscription, event, attempts, spent, due_at, created_at)
        select s.num, e.seq, 1, 1, @due + s.num, @now
        from events e join subscriptions s on s.tenant = e.tenant order by e.seq, s.num`,
      )
      .run({ now, due: now + 8 * HOUR_MS })
    if (changes !== expected) throw new Error(`${changes} deliveries were seeded instead of ${expected}`)
    database.exec(SCHEDULE)
  })
}

/** A queue is looked at again when the first of its deliveries falls due. */
const SCHEDULE = `update queues set ready_at = (select min(due_at) from deliveries d where d.subscription = queues.subscription)`

const hostOf = (n: number): string => `127.${1 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}`

function edit(folder: string, change: (database: Sqlite.Database) => void): void {
  const database = new Sqlite(join(folder, 'signet.db'))
  try {
    database.pragma('foreign_keys = ON')
    database.transaction(change)(database)
  } finally {
    database.close()
  }
}
