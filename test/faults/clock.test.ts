/** The clock is set an hour ahead, or back, while deliveries are under way and others wait. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type AcmeHub, casdoorLogin, startAcme } from '../support/acme.ts'
import { type Received, type Receiver, startReceiver, willing } from '../support/receiver.ts'
import { deliveriesTo, formFor, isActive, isEnded, post, settled } from '../support/subscriptions.ts'
import { until } from '../support/until.ts'

const HOUR_MS = 3_600_000
const PATIENT = { timeoutMs: 25_000 }

let hub: AcmeHub
let receiver: Receiver
let setBy: number

beforeEach(async () => {
  setBy = 0
  receiver = await startReceiver()
  hub = await startAcme({
    overrides: { clock: { now: () => Date.now() + setBy } },
    // Waits that a test can bear, and one that is for the clock to end.
    env: { SIGNET_RETRY_SCHEDULE: '2s,1s,1s,1s,1s,1s,30m', SIGNET_DELIVERY_TIMEOUT: '30s' },
  })
}, 30_000)

afterEach(async () => {
  await hub.close()
  await receiver.close()
})

const happen = (name: string) => hub.casdoor(casdoorLogin(name))
const came = (target: string, times: number) =>
  receiver.waitFor(() => deliveriesTo(receiver, target).length >= times, PATIENT)

interface Delivery {
  state: string
  attempts: number
}

const states = async (): Promise<Delivery[]> =>
  (await hub.admin.get<{ items: Delivery[] }>('/deliveries?limit=500')).items

const allDelivered = () =>
  until(async () => (await states()).every(({ state }) => state === 'delivered'), PATIENT)

/** Holds the first delivery until it is let go; whatever comes behind it is answered at once. */
function holdFirst(): (status: number) => void {
  const held = Promise.withResolvers<{ status: number }>()
  let first = true
  receiver.reply((request) => {
    if (request.method === 'GET' || !first) return willing(request)
    first = false
    return held.promise
  })
  return (status) => held.resolve({ status })
}

const LOGIN = '/login/succeeded'

describe('an hour ahead', () => {
  it('takes nothing of what is under way, and sends none of it twice', { timeout: 60_000 }, async () => {
    await hub.subscribe(receiver, { topic: LOGIN, target: '/cb' })
    const letGo = holdFirst()
    await happen('under way')
    await came('/cb', 1)
    setBy = HOUR_MS
    await happen('behind it')
    letGo(204)
    await allDelivered()
    expect(await states()).toMatchObject([{ attempts: 1 }, { attempts: 1 }])
    expect(deliveriesTo(receiver, '/cb')).toHaveLength(2)
  })

  it('sends nothing to whose lease is over, not even what waited', { timeout: 60_000 }, async () => {
    const [short, long] = [receiver.url('/short'), receiver.url('/long')]
    for (const [callback, lease] of [
      [short, '300'],
      [long, '864000'],
    ] as const) {
      const form = { 'hub.topic': hub.topic(LOGIN), 'hub.lease_seconds': lease }
      await post(hub, formFor(hub, callback, form)).expect(202)
      await settled(hub, callback, isActive)
    }
    receiver.reply((request) => (request.method === 'GET' ? willing(request) : { status: 500 }))
    await happen('waits')
    await came('/short', 1)
    await came('/long', 1)
    await until(async () => (await states()).every(({ attempts }) => attempts === 1), PATIENT)
    receiver.reply(willing)
    setBy = HOUR_MS
    await happen('late')
    // To one its retry comes, early, and what is new.
    await came('/long', 3)
    await settled(hub, short, isEnded)
    await until(async () => (await states()).every(({ state }) => state !== 'waiting'), PATIENT)
    expect(deliveriesTo(receiver, '/short')).toHaveLength(1)
    expect((await states()).map(({ state }) => state).sort()).toEqual(['delivered', 'delivered', 'dropped'])
  })
})

describe('an hour back', () => {
  const fails = ({ method }: Received) => method === 'POST'

  it('has retries wait for about as long as they should', { timeout: 60_000 }, async () => {
    await hub.subscribe(receiver, { topic: LOGIN, target: '/cb' })
    receiver.reply((request) => (fails(request) ? { status: 500 } : willing(request)))
    await happen('fails')
    await came('/cb', 1)
    await until(async () => (await states())[0]?.attempts === 1, PATIENT)
    receiver.reply(willing)
    setBy = -HOUR_MS
    await allDelivered()
    expect(deliveriesTo(receiver, '/cb')).toHaveLength(2)
  })

  it('has a receiver that fails probed, and what waits for it sent', { timeout: 60_000 }, async () => {
    await hub.subscribe(receiver, { topic: LOGIN, target: '/cb' })
    receiver.reply((request) => (fails(request) ? { status: 500 } : willing(request)))
    for (let i = 0; i < 20; i += 1) await happen(`fails ${i}`)
    await until(async () => {
      const { items } = await hub.admin.get<{ items: { state: string }[] }>('/subscriptions')
      return items[0]?.state === 'failing'
    }, PATIENT)
    setBy = -HOUR_MS
    receiver.reply(willing)
    await allDelivered()
  })

  it('goes on with what is under way, whatever comes of it', { timeout: 60_000 }, async () => {
    await hub.subscribe(receiver, { topic: LOGIN, target: '/cb' })
    const letGo = holdFirst()
    await happen('under way')
    await came('/cb', 1)
    setBy = -HOUR_MS
    await happen('behind it')
    letGo(500)
    await allDelivered()
    expect(deliveriesTo(receiver, '/cb')).toHaveLength(3)
  })

  it('asks callbacks that are to be asked again', { timeout: 60_000 }, async () => {
    let asked = 0
    receiver.reply((request) => ((asked += 1) === 1 ? { status: 500 } : willing(request)))
    await post(hub, formFor(hub, receiver.url('/cb'), { 'hub.topic': hub.topic(LOGIN) })).expect(202)
    await settled(hub, receiver.url('/cb'), ({ verification }) => verification !== null)
    setBy = -HOUR_MS
    await until(async () => asked === 2 && (await states()).length === 0, PATIENT)
    await settled(hub, receiver.url('/cb'), isActive)
  })
})
