/** `kill -9` at each step of one event's way, from its commit to its receipt: it arrives, and not once too often. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { until } from '../support/until.ts'
import { admin, publish, topic } from './client.ts'
import type { KillPoint } from './saboteur.ts'
import { identifiers, REDELIVERY_WITHIN_MS, type Scene, SERVED_WITHIN_MS, startScene } from './scene.ts'

const PATH = '/steps'

let scene: Scene

beforeAll(async () => {
  scene = await startScene()
  await scene.subscribe(PATH, topic('/login/succeeded'))
}, 60_000)

afterAll(() => scene.close())

beforeEach(async () => {
  scene.reply(PATH)
  if (!scene.program.isRunning()) await scene.program.start()
}, 60_000)

/** The newest delivery, once its receipt is kept: nothing more will come of it. */
async function delivered(): Promise<string> {
  let jti = ''
  await until(
    async () => {
      const { items } = await admin<{ items: { jti: string; state: string }[] }>(
        scene.program,
        '/deliveries?limit=1',
      )
      jti = items[0]?.jti ?? ''
      return items[0]?.state === 'delivered'
    },
    { timeoutMs: SERVED_WITHIN_MS },
  )
  return jti
}

/** The event is known, so that the publisher who had no answer makes no second of it. */
async function knows(id: string): Promise<void> {
  const { status, answer } = await publish(scene.program, [id])
  expect({ status, answer }).toEqual({ status: 200, answer: { accepted: 0, reason: 'duplicate' } })
}

it('before it is on the disk: nobody was promised anything, and it is accepted when it comes again', async () => {
  const [id = ''] = identifiers(1)
  const before = scene.receiver.deliveries().length
  const point: KillPoint = { statement: 'insert into events', at: 'commit' }
  await scene.killedAt(point, () => publish(scene.program, [id]))
  await scene.program.start()
  const [jti = ''] = await scene.publish([id], [PATH])
  expect(await delivered()).toBe(jti)
  expect(scene.receiver.deliveries()).toHaveLength(before + 1)
}, 60_000)

/** How often it comes in all. */
const STEPS: [what: string, point: KillPoint, arrivals: number][] = [
  ['once it is on the disk, before the 202', { statement: 'insert into events', at: 'committed' }, 1],
  ['before its deliveries are made', { statement: 'insert into deliveries', at: 'commit' }, 1],
  ['once its deliveries are made', { statement: 'insert into deliveries', at: 'committed' }, 1],
  ['before its queue is claimed', { statement: 'update queues set claim = @claim', at: 'commit' }, 1],
  ['once its queue is claimed', { statement: 'update queues set claim = @claim', at: 'committed' }, 1],
  ['once it is handed out, before the POST', { statement: 'select d.num', at: 'committed' }, 1],
  ['after the 200, before the receipt', { statement: 'insert into history', at: 'before' }, 2],
  ['after the 200, with half of the receipt', { statement: 'delete from deliveries', at: 'before' }, 2],
  ['after the 200, before the receipt is kept', { statement: 'insert into history', at: 'commit' }, 2],
  ['once the receipt is kept', { statement: 'insert into history', at: 'committed' }, 1],
]

it.each(STEPS)('%s', { timeout: 60_000 }, async (_, point, arrivals) => {
  const [id = ''] = identifiers(1)
  const before = scene.receiver.deliveries().length
  await scene.killedAt(point, () => publish(scene.program, [id]))
  await scene.program.start()
  const jti = await delivered()
  const came = scene.receiver.deliveries().slice(before)
  expect(came).toHaveLength(arrivals)
  expect(scene.ledger.times(PATH, jti)).toEqual({ arrived: arrivals, taken: arrivals })
  const since = (came.at(-1)?.at ?? 0) - scene.program.listeningSince()
  if (point.statement !== 'insert into history' || point.at !== 'committed')
    expect(since).toBeLessThan(REDELIVERY_WITHIN_MS)
  await knows(id)
})

it('right after the 202', async () => {
  const [jti = ''] = await scene.publish(identifiers(1), [PATH])
  await scene.program.kill()
  await scene.recover()
  const { taken } = scene.ledger.times(PATH, jti)
  // The one that may have been under way.
  expect(taken).toBeLessThanOrEqual(2)
}, 60_000)

it('with the POST under way', async () => {
  const held = Promise.withResolvers<{ status: number }>()
  scene.reply(PATH, () => held.promise)
  const before = scene.receiver.deliveries().length
  const [jti = ''] = await scene.publish(identifiers(1), [PATH])
  await scene.receiver.waitFor((all) => all.filter(({ method }) => method === 'POST').length > before, {
    timeoutMs: SERVED_WITHIN_MS,
  })
  await scene.program.kill()
  scene.reply(PATH)
  await scene.recover()
  held.resolve({ status: 500 })
  expect(await delivered()).toBe(jti)
  expect(scene.ledger.times(PATH, jti)).toEqual({ arrived: 2, taken: 1 })
}, 60_000)
