/** An operator has a delivery tried again: the same one, on a schedule begun anew. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type AcmeHub, casdoorLogin, startAcme } from '../support/acme.ts'
import { admin } from '../support/admin-api.ts'
import { deliveriesListed, readDelivery, whenDelivery } from '../support/deliveries.ts'
import { type Receiver, type Script, startReceiver, willing } from '../support/receiver.ts'
import { formFor, isActive, isEnded, post, settled } from '../support/subscriptions.ts'
import { until } from '../support/until.ts'
import { adapter, makeWso2Source, SESSIONS, wso2Event } from '../support/wso2.ts'

const HOUR = 3_600_000

let hub: AcmeHub
let receiver: Receiver
let ahead: number

beforeEach(async () => {
  ahead = 0
  const clock = { now: () => Date.now() + ahead }
  hub = await startAcme({ env: { SIGNET_RETRY_SCHEDULE: '1h,1h' }, overrides: { clock } })
  receiver = await startReceiver()
})
afterEach(async () => {
  await hub.close()
  await receiver.close()
})

/** Of a login, one event is on it. */
const loginTopic = () => hub.topic('/login/succeeded')

const failing =
  (status: number, body = ''): Script =>
  (request) =>
    request.method === 'POST' ? { status, body } : willing(request)

const retry = (id: string) => admin(hub, 'post', `/deliveries/${id}/retry`)

async function subscribed(target = '/cb'): Promise<string> {
  await post(hub, formFor(hub, receiver.url(target), { 'hub.topic': loginTopic() })).expect(202)
  return (await settled(hub, receiver.url(target), isActive)).id
}

/** One delivery that was tried in vain once, and waits. */
async function waiting(name = 'one'): Promise<string> {
  receiver.reply(failing(500, 'out of order'))
  await hub.casdoor(casdoorLogin(name))
  await until(async () => (await deliveriesListed(hub)).some(({ attempts }) => attempts === 1))
  return (await deliveriesListed(hub))[0]?.id ?? ''
}

/** One that was given up after all of the schedule. */
async function dead(name = 'one'): Promise<string> {
  const id = await waiting(name)
  for (const attempts of [2, 3]) {
    ahead += HOUR
    await whenDelivery(hub, id, (delivery) => delivery.attempts === attempts)
  }
  expect((await readDelivery(hub, id)).state).toBe('dead')
  return id
}

it('one that is dead goes again: same id, same bytes, attempts and log kept', async () => {
  await subscribed()
  const id = await dead()
  receiver.reply(willing)
  const answer = await retry(id).expect(202)
  expect(answer.body).toMatchObject({ id, state: 'waiting', attempts: 3, settled_at: null })
  const delivered = await whenDelivery(hub, id, ({ state }) => state === 'delivered')
  expect(delivered.receipts.map(({ attempt, status, said }) => [attempt, status, said])).toEqual([
    ...[1, 2, 3].map((attempt) => [attempt, 500, 'out of order']),
    [4, 204, null],
  ])
  expect(new Set(receiver.deliveries().map((sent) => sent.body.toString())).size).toBe(1)
  await retry(id).expect(409, /This was delivered; /)
})

it('its schedule begins anew, also after a restart', async () => {
  await subscribed()
  const id = await dead()
  await retry(id).expect(202)
  const again = await whenDelivery(hub, id, ({ attempts }) => attempts === 4)
  // Its first wait, which is at least half an hour.
  expect(again.state).toBe('waiting')
  expect(Date.parse(again.due_at ?? '')).toBeGreaterThan(Date.now() + ahead + HOUR / 2 - 60_000)
  await hub.stop()
  hub = await startAcme({ folder: hub.folder, overrides: { clock: { now: () => Date.now() + ahead } } })
  expect(await readDelivery(hub, id)).toMatchObject({ state: 'waiting', attempts: 4 })
})

it('one that waits is tried at once', async () => {
  await subscribed()
  const id = await waiting()
  receiver.reply(willing)
  await retry(id).expect(202)
  await whenDelivery(hub, id, ({ state }) => state === 'delivered')
})

it('is tried at once although its receiver is left alone, and is not given up with what has waited for long', async () => {
  await subscribed()
  const id = await dead('old')
  // Three attempts failed so far; from the fifth on the receiver is probed only.
  for (const name of ['a', 'b', 'c']) await hub.casdoor(casdoorLogin(name))
  const callback = receiver.url('/cb')
  await settled(hub, callback, ({ state }) => (state as string) === 'failing')
  ahead += 2 * HOUR
  // All that has waited for the whole schedule is given up.
  await until(async () => (await deliveriesListed(hub)).every(({ state }) => state === 'dead'))
  const before = receiver.deliveries().length
  await retry(id).expect(202)
  await receiver.waitFor(() => receiver.deliveries().length > before)
  await whenDelivery(hub, id, ({ attempts }) => attempts === 4)
  ahead += HOUR
  const again = await whenDelivery(hub, id, ({ attempts }) => attempts === 5)
  expect(again.state).toBe('waiting')
})

it('one whose subscription is over is refused, and so is one of its former life', async () => {
  await subscribed()
  const id = await dead()
  receiver.reply(willing)
  await post(
    hub,
    formFor(hub, receiver.url('/cb'), { 'hub.topic': loginTopic(), 'hub.mode': 'unsubscribe' }),
  ).expect(202)
  await settled(hub, receiver.url('/cb'), isEnded)
  await retry(id).expect(409, /The subscription that this was for is over/)
  await subscribed()
  await retry(id).expect(409, /has begun anew since/)
  expect((await readDelivery(hub, id)).state).toBe('dead')
})

it('one whose bytes are gone is refused', async () => {
  await makeWso2Source(hub)
  await adapter(hub).register(SESSIONS).expect(200)
  await adapter(hub).subscribe(SESSIONS, receiver.url('/wso2')).expect(202)
  await settled(hub, receiver.url('/wso2'), isActive)
  receiver.reply(failing(400, '{"err":"invalid_request"}'))
  await adapter(hub).publish(SESSIONS, wso2Event('jti-1')).expect(202)
  await until(async () => (await deliveriesListed(hub)).some(({ attempts }) => attempts === 1))
  const relayed = (await deliveriesListed(hub)).find(({ topic }) => topic === SESSIONS)
  const id = relayed?.id ?? ''
  for (const attempts of [2, 3]) {
    ahead += HOUR
    await whenDelivery(hub, id, (delivery) => delivery.attempts === attempts)
  }
  await until(async () => (await hub.admin.get(`/events/${relayed?.jti ?? ''}`)).kept === false)
  await retry(id).expect(409, /no longer has the bytes/)
})

it('an unknown one is 404', async () => {
  for (const id of ['999', 'nope', '0']) await retry(id).expect(404)
})
