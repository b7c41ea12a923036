/** What a source publishes to a topic of its own may hold anything: how long it is kept, and how. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type AcmeHub, startAcme } from '../support/acme.ts'
import { type Receiver, startReceiver, willing } from '../support/receiver.ts'
import { deliveriesTo, isActive, settled } from '../support/subscriptions.ts'
import { until } from '../support/until.ts'
import { adapter, makeWso2Source, SESSIONS, wso2Event } from '../support/wso2.ts'

const MARK = 'marked-e3b0c442'
const EVENT = wso2Event('jti-1', 'session.sessionRevoked', { custom: MARK })

let hub: AcmeHub
let customer: Receiver

beforeEach(async () => {
  hub = await startAcme({ env: { SIGNET_RETRY_SCHEDULE: '1s' } })
  customer = await startReceiver()
  await makeWso2Source(hub)
  await adapter(hub).register(SESSIONS).expect(200)
})
afterEach(async () => {
  await hub.close()
  await customer.close()
})

const subscribe = async () => {
  await adapter(hub).subscribe(SESSIONS, customer.url('/cb')).expect(202)
  await settled(hub, customer.url('/cb'), isActive)
}

/** Stops the hub and looks into its store. */
async function atRest(): Promise<{ kept: number; marked: string[] }> {
  await hub.stop()
  const file = new Sqlite(join(hub.folder, 'signet.db'))
  const kept = file.prepare('select count(*) from contents').pluck().get() as number
  file.close()
  const marked = readdirSync(hub.folder).filter((name) => readFileSync(join(hub.folder, name)).includes(MARK))
  return { kept, marked }
}

async function isKept(): Promise<boolean> {
  const { items } = await hub.admin.get<{ items: { jti: string; category: string | null }[] }>('/events')
  const relayed = items.find(({ category }) => category === null)
  const { kept } = await hub.admin.get<{ kept: boolean }>(`/events/${relayed?.jti ?? ''}`)
  return kept
}

const states = async () =>
  (await hub.admin.get<{ items: { state: string }[] }>('/deliveries')).items.map(({ state }) => state)

it('is sealed while it waits, survives a restart, and goes out as it came', async () => {
  customer.reply((request) => (request.method === 'POST' ? { status: 500 } : willing(request)))
  await subscribe()
  await adapter(hub).publish(SESSIONS, EVENT).expect(202)
  await customer.waitFor(() => customer.deliveries().length === 1)
  expect(await isKept()).toBe(true)
  expect(await atRest()).toEqual({ kept: 1, marked: [] })

  customer.reply(willing)
  hub = await startAcme({ folder: hub.folder })
  await customer.waitFor(() => customer.deliveries().length === 2)
  expect(customer.deliveries().map(({ body }) => body.toString())).toEqual([EVENT, EVENT])
})

it('is erased once it is delivered', async () => {
  await subscribe()
  await adapter(hub).publish(SESSIONS, EVENT).expect(202)
  await until(async () => (await states()).join() === 'delivered')
  await until(async () => !(await isKept()))
  expect(await atRest()).toEqual({ kept: 0, marked: [] })
})

it('is erased once it is dead', async () => {
  customer.reply((request) => (request.method === 'POST' ? { status: 500 } : willing(request)))
  await subscribe()
  await adapter(hub).publish(SESSIONS, EVENT).expect(202)
  await until(async () => (await states()).join() === 'dead')
  await until(async () => !(await isKept()))
  expect(await atRest()).toEqual({ kept: 0, marked: [] })
})

it('is not even kept where nobody is subscribed', async () => {
  await adapter(hub).publish(SESSIONS, EVENT).expect(202)
  expect(await atRest()).toEqual({ kept: 0, marked: [] })
  expect(deliveriesTo(customer, '/cb')).toEqual([])
})
