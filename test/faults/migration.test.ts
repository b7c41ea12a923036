/** `kill -9` in the midst of a migration of a store with many rows: it begins anew, and everything is there. */
import Sqlite from 'better-sqlite3'
import { Kysely, SqliteDialect } from 'kysely'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { migrations } from '../../src/store/migrations/index.ts'
import { startReceiver } from '../support/receiver.ts'
import { until } from '../support/until.ts'
import { createProgram } from './program.ts'
import type { KillPoint } from './saboteur.ts'

const MIGRATION = '0006-queues'
const SUBSCRIPTIONS = 20
/** Each for every subscription; the last of them wait, with an attempt each. */
const EVENTS = 600
const WAITING = 30
const HOUR_MS = 3_600_000
/** The store has no key of its own, being none that a program made. */
const SIGNET_SECRET_KEY = Buffer.alloc(32, 7).toString('base64')

const POINTS: KillPoint[] = [
  { statement: 'alter table deliveries rename', at: 'after' },
  { statement: 'insert into history', at: 'before' },
  { statement: 'insert into history', at: 'after' },
  { statement: 'drop table receipts', at: 'after' },
  { statement: 'insert into queues', at: 'after' },
  { statement: 'insert into "kysely_migration"', at: 'commit' },
]

it('starts again and has everything', { timeout: 120_000 }, async () => {
  const receiver = await startReceiver()
  const program = createProgram({ SIGNET_SECRET_KEY })
  await writeFormerStore(join(program.folder, 'signet.db'), receiver.url('/cb'))
  const count = (table: string, where = 'true'): unknown => {
    const file = new Sqlite(join(program.folder, 'signet.db'))
    try {
      return file.prepare(`select count(*) from ${table} where ${where}`).pluck().get()
    } finally {
      file.close()
    }
  }
  try {
    for (const point of POINTS) {
      await expect(program.start({ TEST_KILL_POINT: JSON.stringify(point) })).rejects.toThrow('a signal')
      expect(count('kysely_migration', `name = '${MIGRATION}'`)).toBe(0)
      expect(count('deliveries')).toBe(SUBSCRIPTIONS * EVENTS)
      expect(count('receipts')).toBe(SUBSCRIPTIONS * EVENTS)
    }
    await program.start()
    const bodies = () => receiver.deliveries().map(({ url, body }) => `${body.toString()} → ${url}`)
    await until(() => Promise.resolve(bodies().length >= SUBSCRIPTIONS * WAITING), { timeoutMs: 25_000 })
    const owed = Array.from({ length: SUBSCRIPTIONS * WAITING }, (_, i) => {
      const event = EVENTS - WAITING + 1 + (i % WAITING)
      return `set-${event} → /cb/${1 + Math.floor(i / WAITING)}`
    })
    expect(bodies().sort()).toEqual(owed.sort())
    expect(await program.stop()).toBe(0)
    expect(count('deliveries')).toBe(0)
    expect(count('history', "state = 'delivered'")).toBe(SUBSCRIPTIONS * EVENTS)
    // Once before the migration, the last of them once more after it.
    expect(count('history', 'attempts = 1')).toBe(SUBSCRIPTIONS * (EVENTS - WAITING))
    expect(count('history', 'attempts = 2')).toBe(SUBSCRIPTIONS * WAITING)
  } finally {
    await program.clear()
    await receiver.close()
  }
})

/** A store as it was before the migration, with deliveries that are done and others that wait. */
async function writeFormerStore(path: string, callback: string): Promise<void> {
  const file = new Sqlite(path)
  const db = new Kysely({ dialect: new SqliteDialect({ database: file }) })
  file.exec('create table kysely_migration (name varchar(255) primary key, timestamp varchar(255) not null)')
  const before = Object.entries(migrations).filter(([name]) => name < MIGRATION)
  for (const [name, migration] of before) {
    await migration.up(db)
    file.exec(`insert into kysely_migration values ('${name}', '2020-01-01')`)
  }
  const now = Date.now()
  const upTo = (n: number): string =>
    `with recursive n(n) as (select 1 union all select n + 1 from n where n < ${n})`
  file.exec(`
    insert into tenants values ('acme', 'open', 0);
    ${upTo(SUBSCRIPTIONS)}
    insert into subscriptions (id, tenant, topic, callback, origin, host, state, lease_expires_at, active_from, created_at)
      select 's-' || n, 'acme', 't', '${callback}/' || n, '${new URL(callback).origin}', '127.0.0.1', 'active',
        ${now + HOUR_MS}, 0, 0 from n;
    ${upTo(EVENTS)}
    insert into events (jti, tenant, source, native, txn, category, name, accepted_at, content_type, body)
      select 'jti-' || n, 'acme', 'door', 'x', 't-' || n, 'login', 'succeeded', ${now},
        'application/secevent+jwt', 'set-' || n from n;
    insert into deliveries (event, subscription, state, attempts, due_at, created_at, settled_at)
      select e.seq, s.num, case when e.seq > ${EVENTS - WAITING} then 'waiting' else 'delivered' end, 1,
        ${now}, ${now}, ${now} from events e cross join subscriptions s order by e.seq, s.num;
    insert into receipts (delivery, attempt, at, ms, status, outcome) select num, 1, ${now}, 5, 500, 'refused' from deliveries;
  `)
  await db.destroy()
}
