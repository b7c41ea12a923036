/**
 * The disk fails under a hub that runs, in every place where it can. What cannot be kept is refused; what was sent and
 * cannot be recorded is recorded later or sent again; and it is over when it is over.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type AcmeHub, CASDOOR_SECRET, casdoorLogin, startAcme } from '../support/acme.ts'
import { type Receiver, startReceiver, willing } from '../support/receiver.ts'
import { until } from '../support/until.ts'
import { type DiskFault, type FailingDisk, failingDisk } from './failing-disk.ts'
import { RETRY_SCHEDULE } from './program.ts'

const PATIENT = { timeoutMs: 25_000 }
const PATH = '/cb'
/** https://www.sqlite.org/pragma.html#pragma_synchronous */
const FULL = 2

let disk: FailingDisk
let hub: AcmeHub
let receiver: Receiver

beforeEach(async () => {
  disk = failingDisk()
  hub = await startAcme({
    overrides: { openFile: disk.openFile },
    env: { SIGNET_RETRY_SCHEDULE: RETRY_SCHEDULE, SIGNET_CONCURRENCY: '24,8,24' },
  })
  receiver = await startReceiver()
  await hub.subscribe(receiver, { topic: '/login/succeeded', target: PATH })
}, 30_000)

afterEach(async () => {
  disk.mend()
  await hub.close()
  await receiver.close()
})

const publish = (name: string) =>
  hub.http
    .post('/in/casdoor')
    .set('Content-Type', 'application/json')
    .set('Authorization', `Bearer ${CASDOOR_SECRET}`)
    .send(casdoorLogin(name))

interface Delivery {
  id: string
  jti: string
  state: string
  attempts: number
}

const deliveries = async (): Promise<Delivery[]> =>
  (await hub.admin.get<{ items: Delivery[] }>('/deliveries?limit=500')).items

const allDelivered = (count: number): Promise<void> =>
  until(
    async () => (await deliveries()).filter(({ state }) => state === 'delivered').length === count,
    PATIENT,
  )

/** In the order in which a commit comes to them. */
const WRITES: DiskFault[] = [
  { statement: 'begin', code: 'SQLITE_IOERR' },
  { statement: 'begin', code: 'SQLITE_READONLY' },
  { statement: 'insert into events', code: 'SQLITE_IOERR' },
  { statement: 'insert into events', code: 'SQLITE_FULL', rollsBack: true },
  { statement: 'insert into publications', code: 'SQLITE_FULL' },
  { statement: 'commit', code: 'SQLITE_IOERR_WRITE' },
  { statement: 'commit', code: 'SQLITE_FULL', rollsBack: true },
]

describe('publishing', () => {
  it.each(WRITES)(
    'is refused when $statement fails with $code, and taken afterwards',
    async (fault) => {
      disk.fail(fault)
      // Together, so that they share a commit.
      const refused = await Promise.all(['a', 'b', 'c'].map(publish))
      for (const answer of refused) {
        expect(answer.status).toBe(503)
        expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
        expect(answer.text).toContain(fault.code)
      }
      disk.mend()
      expect((await hub.admin.get<{ items: unknown[] }>('/events')).items).toEqual([])
      // None of it was kept: not even that it is known.
      for (const name of ['a', 'b', 'c']) expect((await publish(name)).status).toBe(202)
      await allDelivered(3)
      expect(receiver.deliveries()).toHaveLength(3)
    },
    60_000,
  )
})

describe('a disk that comes and goes', () => {
  /** What fails, and whether what was sent comes again. */
  const RECORDING: DiskFault[] = [
    { statement: 'begin', code: 'SQLITE_IOERR' },
    { statement: 'insert into history', code: 'SQLITE_IOERR' },
    { statement: 'delete from deliveries', code: 'SQLITE_FULL', rollsBack: true },
    { statement: 'commit', code: 'SQLITE_IOERR_WRITE' },
    { statement: 'commit', code: 'SQLITE_FULL', rollsBack: true },
  ]

  it.each(RECORDING)(
    'has recorded in the end what was sent while $statement failed with $code',
    async (fault) => {
      const held = Promise.withResolvers<{ status: number }>()
      receiver.reply((request) => (request.method === 'GET' ? willing(request) : held.promise))
      expect((await publish('under way')).status).toBe(202)
      await receiver.waitFor(() => receiver.deliveries().length === 1, PATIENT)
      disk.fail(fault)
      held.resolve({ status: 204 })
      // It tries, and does not give up.
      await until(() => Promise.resolve(disk.failures >= 3), PATIENT)
      disk.mend()
      receiver.reply(willing)
      await allDelivered(1)
      expect(await deliveries()).toMatchObject([{ attempts: 1 }])
      expect(receiver.deliveries()).toHaveLength(1)
    },
    60_000,
  )

  it('has nothing of what could not be undone alone', async () => {
    disk.fail(
      { statement: 'insert into events', code: 'SQLITE_IOERR' },
      { statement: 'rollback to change', code: 'SQLITE_IOERR' },
    )
    const names = ['a', 'b', 'c', 'd']
    for (const { status } of await Promise.all(names.map(publish))) expect(status).toBe(503)
    disk.mend()
    for (const name of names) expect((await publish(name)).status).toBe(202)
    await allDelivered(names.length)
  }, 60_000)

  it('is used again although it could not even roll back', async () => {
    disk.fail({ statement: 'commit', code: 'SQLITE_IOERR' }, { statement: 'rollback', code: 'SQLITE_IOERR' })
    expect((await publish('a')).status).toBe(503)
    disk.mend()
    expect((await publish('a')).status).toBe(202)
    await allDelivered(1)
    expect(disk.synchronous()).toBe(FULL)
  }, 60_000)

  it('is looked at twice a second, not more, and gets nothing sent meanwhile', async () => {
    for (let i = 0; i < 20; i += 1) expect((await publish(`before ${i}`)).status).toBe(202)
    disk.fail({ statement: 'begin', code: 'SQLITE_IOERR' })
    // What was handed out before is sent, no more: nothing could be recorded of it.
    const from = performance.now()
    await until(() => Promise.resolve(disk.failures > 20), PATIENT)
    const before = disk.failures
    const sent = receiver.deliveries().length
    await until(() => Promise.resolve(disk.failures > before + 20), PATIENT)
    const seconds = (performance.now() - from) / 1_000
    // Eight pumps, twice a second each, some of them with several commits.
    expect(disk.failures / seconds).toBeLessThan(100)
    expect(receiver.deliveries()).toHaveLength(sent)
    disk.mend()
    await allDelivered(20)
    const again = receiver.deliveries().length - 20
    expect(again).toBeLessThanOrEqual(24)
  }, 60_000)

  it('is told of by /readyz, which does not need a restart', async () => {
    await hub.http.get('/readyz').expect(200)
    disk.fail({ statement: 'begin', code: 'SQLITE_FULL' }, { statement: 'insert', code: 'SQLITE_FULL' })
    const status = async () => (await hub.http.get('/readyz')).status
    await until(async () => (await status()) === 503, PATIENT)
    const answer = await hub.http.get('/readyz')
    expect(answer.body).toEqual({
      status: 'unavailable',
      reason: 'The hub cannot use its store now (SQLITE_FULL); try again later.',
    })
    await hub.http.get('/healthz').expect(200)
    disk.mend()
    await until(async () => (await status()) === 200, PATIENT)
  }, 60_000)

  it('costs no memory while it is away', async () => {
    disk.fail({ statement: 'begin', code: 'SQLITE_IOERR' })
    const refuse = async (n: number) => {
      for (let i = 0; i < n; i += 1) expect((await publish(`refused ${i}`)).status).toBe(503)
    }
    await refuse(100)
    const before = process.memoryUsage().heapUsed
    await refuse(400)
    // 500 events of some kilobytes each would be more, with all that hangs on them.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(100_000_000)
    disk.mend()
    expect((await publish('after')).status).toBe(202)
    await allDelivered(1)
  }, 60_000)
})
