/** An operator has a subscription get events once more: with the same `jti`, at a bounded rate, behind what is new. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type AcmeHub, casdoorLogin, startAcme } from '../support/acme.ts'
import { admin } from '../support/admin-api.ts'
import { deliveriesListed, whenDelivery } from '../support/deliveries.ts'
import { type Received, type Receiver, type Script, startReceiver, willing } from '../support/receiver.ts'
import { formFor, isActive, isEnded, post, settled } from '../support/subscriptions.ts'
import { until } from '../support/until.ts'

let hub: AcmeHub
let receiver: Receiver
let ahead: number

const clock = { now: () => Date.now() + ahead }

beforeEach(async () => {
  ahead = 0
  hub = await startAcme({ overrides: { clock } })
  receiver = await startReceiver()
})
afterEach(async () => {
  await hub.close()
  await receiver.close()
})

const form = (changes = {}) =>
  formFor(hub, receiver.url('/cb'), { 'hub.topic': hub.topic('/login/succeeded'), ...changes })

async function subscribed(): Promise<string> {
  await post(hub, form()).expect(202)
  return (await settled(hub, receiver.url('/cb'), isActive)).id
}

/** As many events of the topic. */
async function logins(...names: string[]): Promise<void> {
  for (const name of names) await hub.casdoor(casdoorLogin(name))
}

const names = (n: number) => Array.from({ length: n }, (_, at) => `user-${at}`)
const at = (ms: number) => new Date(ms).toISOString()
const replay = (id: string, body: object) => admin(hub, 'post', `/subscriptions/${id}/replay`, body)
const EVER = { since: '2020-01-01' }

const claims = ({ body }: Received) =>
  JSON.parse(Buffer.from(body.toString().split('.')[1] ?? '', 'base64url').toString()) as { jti: string }
const jtis = (sent: readonly Received[]) => sent.map((one) => claims(one).jti)

const refusing =
  (status: number): Script =>
  (request) =>
    request.method === 'POST' ? { status } : willing(request)

it('sends what is kept of the range, also from before the subscription, with the same jti', async () => {
  const began = clock.now()
  await logins('before')
  ahead += 60_000
  const id = await subscribed()
  await logins('one', 'two')
  await receiver.waitFor(() => receiver.deliveries().length === 2)
  ahead += 60_000
  const middle = clock.now()
  await logins('three')
  await receiver.waitFor(() => receiver.deliveries().length === 3)

  await replay(id, { since: at(began), until: at(middle) }).expect(202, { replayed: 3 })
  await receiver.waitFor(() => receiver.deliveries().length === 6)
  await replay(id, { since: at(middle) }).expect(202, { replayed: 1 })
  await receiver.waitFor(() => receiver.deliveries().length === 7)
  const [one, two, three, ...again] = jtis(receiver.deliveries())
  expect(again.slice(1)).toEqual([one, two, three])
  expect(new Set([...again, one]).size).toBe(4)
  // Deliveries of their own, and no event more.
  const items = await deliveriesListed(hub, `&subscription=${id}`)
  expect(new Set(items.map(({ id: delivery }) => delivery)).size).toBe(7)
  expect(new Set(items.map(({ jti }) => jti)).size).toBe(4)
  await replay(id, { since: at(clock.now() + 1_000) }).expect(202, { replayed: 0 })
})

it('makes at most ten deliveries in a tenth of a second', async () => {
  await logins(...names(35))
  const id = await subscribed()
  await replay(id, EVER).expect(202, { replayed: 35 })
  await receiver.waitFor(() => receiver.deliveries().length === 35)
  const made = (await deliveriesListed(hub)).map(({ created_at }) => Date.parse(created_at))
  const times = [...new Set(made)].sort((a, b) => a - b)
  expect(times.map((time) => made.filter((other) => other === time).length)).toEqual([10, 10, 10, 5])
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0))
  expect(gaps.filter((gap) => gap < 100)).toEqual([])
})

it('stands behind what is new, and does not pile up while the receiver fails', async () => {
  await logins(...names(70))
  const id = await subscribed()
  receiver.reply(refusing(503))
  await replay(id, EVER).expect(202, { replayed: 70 })
  const waiting = async () => (await deliveriesListed(hub, `&subscription=${id}&state=waiting`)).length
  await until(async () => (await waiting()) === 50)
  await logins('new')
  await until(async () => (await waiting()) === 51)
  const [newest] = await deliveriesListed(hub, `&subscription=${id}`)
  const before = receiver.deliveries().length
  receiver.reply(willing)
  // The next probe.
  ahead += 300_000
  await receiver.waitFor(() => receiver.deliveries().length > before)
  expect(jtis(receiver.deliveries().slice(before))[0]).toBe(newest?.jti)
  await receiver.waitFor(() => new Set(jtis(receiver.deliveries().slice(before))).size === 71)
})

it('goes on after a restart', async () => {
  await logins(...names(40))
  const id = await subscribed()
  const held = Promise.withResolvers<undefined>()
  receiver.reply(async () => {
    await held.promise
    return { status: 204 }
  })
  await replay(id, EVER).expect(202, { replayed: 40 })
  await receiver.waitFor(() => receiver.deliveries().length > 0)
  const stopping = hub.stop()
  held.resolve(undefined)
  await stopping
  receiver.reply(willing)
  hub = await startAcme({ folder: hub.folder, overrides: { clock } })
  await receiver.waitFor(() => new Set(jtis(receiver.deliveries())).size === 40)
  await until(async () => (await deliveriesListed(hub, '&state=delivered')).length === 40)
  // Each was delivered once: what was made was made with the place that it stands for.
  expect((await deliveriesListed(hub)).length).toBe(40)
})

it('ends with the life of its subscription', async () => {
  await logins(...names(60))
  const id = await subscribed()
  receiver.reply(refusing(500))
  await replay(id, EVER).expect(202)
  await until(async () => (await deliveriesListed(hub, '&state=waiting')).length > 0)
  await post(hub, form({ 'hub.mode': 'unsubscribe' })).expect(202)
  await settled(hub, receiver.url('/cb'), isEnded)
  receiver.reply(willing)
  await subscribed()
  await until(async () => (await deliveriesListed(hub, '&state=waiting')).length === 0)
  const dropped = (await deliveriesListed(hub, '&state=dropped')).length
  expect(dropped).toBeGreaterThan(0)
  // Another one is on its own; the receiver is probed again by then.
  ahead += 300_000
  await logins('last')
  await replay(id, EVER).expect(202, { replayed: 61 })
  await until(async () => (await deliveriesListed(hub, '&state=delivered')).length === 62)
  expect((await deliveriesListed(hub, '&state=dropped')).length).toBe(dropped)
})

it('is tried again like any other, and the end of the callback is that of the subscription', async () => {
  await logins('old')
  const id = await subscribed()
  receiver.reply(refusing(500))
  await replay(id, EVER).expect(202, { replayed: 1 })
  await until(async () => (await deliveriesListed(hub)).some(({ attempts }) => attempts === 1))
  const [made] = await deliveriesListed(hub)
  expect(made?.state).toBe('waiting')
  receiver.reply(refusing(410))
  await admin(hub, 'post', `/deliveries/${made?.id ?? ''}/retry`).expect(202)
  await whenDelivery(hub, made?.id ?? '', ({ state }) => state === 'dead')
  const ended = await settled(hub, receiver.url('/cb'), isEnded)
  expect(ended.ended_why).toBe('the callback answered 410 Gone')
})

it('is refused for one that is not active, and for times that are none', async () => {
  const id = await subscribed()
  for (const body of [{ since: 'yesterday' }, { since: '2026-13-01' }, { since: '2026-01-01T08:00:00' }]) {
    await replay(id, body).expect(400, /since is not a time with its zone, such as 2026-01-31T08:00:00Z\./)
  }
  await replay(id, { ...EVER, until: '1' }).expect(400, /until is not a time/)
  await replay(id, { ...EVER, until: '2019-12-31' }).expect(400, /until is not later than since\./)
  await replay(id, {}).expect(400)
  await replay(id, { ...EVER, from: 1 }).expect(400)
  await replay('nope', EVER).expect(404)
  await admin(hub, 'patch', `/subscriptions/${id}`, { paused: true }).expect(200)
  await replay(id, EVER).expect(409, /The subscription is not active; /)
  await admin(hub, 'patch', `/subscriptions/${id}`, { paused: false }).expect(200)
  await post(hub, form({ 'hub.mode': 'unsubscribe' })).expect(202)
  await settled(hub, receiver.url('/cb'), isEnded)
  await replay(id, EVER).expect(409)
})
