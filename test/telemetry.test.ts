/** `/metrics`, after a run of which everything is known. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AcmeHub, CASDOOR_SECRET, casdoorLogin, startAcme } from './support/acme.ts'
import { readPrometheus, type Sample, sumOf } from './support/prometheus.ts'
import { type Receiver, startReceiver, willing } from './support/receiver.ts'
import { formFor, isEnded, post, settled, subscriptionsOf } from './support/subscriptions.ts'
import { until } from './support/until.ts'

const HOUR = 3_600_000

let hub: AcmeHub
let receiver: Receiver
let text: string
let samples: Sample[]
let ahead = 0
let held: Promise<unknown> = Promise.resolve()

/** Marks whatever comes from outside, so that it would be seen. */
const MARK = 'outside'
const TOPIC = '/login/succeeded'
const FAILING = `/${MARK}-failing`
const BUSY = `/${MARK}-busy`
const HELD = `/${MARK}-held`
const GONE = `/${MARK}-gone`

async function scrape(): Promise<Sample[]> {
  const answer = await hub.http.get('/metrics').expect(200)
  expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
  text = answer.text
  samples = readPrometheus(text)
  return samples
}

/** Scrapes, and asks what is there then. */
const reads = (asked: () => boolean) => async () => {
  await scrape()
  return asked()
}

const publish = (body: string, { secret = CASDOOR_SECRET, source = 'casdoor' } = {}) =>
  hub.http
    .post(`/in/${source}`)
    .set('Content-Type', 'application/json')
    .set('Authorization', `Bearer ${secret}`)
    .send(body)

/** Deliveries of this callback that wait, as the operator is shown them. */
async function waitingFor(target: string): Promise<number> {
  const [subscription] = await subscriptionsOf(hub, receiver.url(target))
  const { items } = await hub.admin.get<{ items: { subscription: string; state: string }[] }>('/deliveries')
  return items.filter((item) => item.subscription === subscription?.id && item.state === 'waiting').length
}

const count = (name: string, labels: Record<string, string> = {}): number =>
  sumOf(samples, `signet_${name}`, labels)

beforeAll(async () => {
  receiver = await startReceiver({
    script: async (request) => {
      if (request.method === 'GET')
        return request.url.includes('unwilling') ? { status: 404 } : willing(request)
      if (request.url === FAILING) return { status: 500, body: MARK }
      if (request.url === BUSY) return { status: 503, headers: { 'Retry-After': '86400' } }
      if (request.url === HELD) {
        await held
        return { status: 500 }
      }
      return request.url === GONE ? { status: 410 } : { status: 204 }
    },
  })
  const clock = { now: () => Date.now() + ahead }
  hub = await startAcme({ env: { SIGNET_RETRY_SCHEDULE: '1h' }, overrides: { clock } })
  await hub.admin.post('/sources', {
    id: `${MARK}-source`,
    tenant: 'acme',
    provider: 'casdoor',
    issuer: 'https://door.acme.example',
    auth: { method: 'bearer', secret: CASDOOR_SECRET },
  })
  for (const target of [`/${MARK}-1`, `/${MARK}-2`, FAILING, BUSY, GONE]) {
    await hub.subscribe(receiver, { topic: TOPIC, target })
  }
  await post(hub, formFor(hub, receiver.url(`/${MARK}-unwilling`))).expect(202)
  await until(reads(() => count('verifications_total', { outcome: 'refused' }) === 1))

  await publish(casdoorLogin(`${MARK}-a`)).expect(202)
  await until(reads(() => count('delivery_attempts_total') === 5))
  await settled(hub, receiver.url(GONE), isEnded)
  await publish(casdoorLogin(`${MARK}-b`)).expect(202)
  await publish(casdoorLogin(`${MARK}-c`), { source: `${MARK}-source` }).expect(202)
  await publish(casdoorLogin(`${MARK}-a`)).expect(200)
  await publish(`{"${MARK}`).expect(400)
  await publish(casdoorLogin(`${MARK}-d`), { secret: MARK }).expect(401)
  await publish(casdoorLogin(`${MARK}-d`), { source: `${MARK}-unknown` }).expect(401)
  await hub.http.get(`/${MARK}?${MARK}`).expect(404)
  await hub.http.post('/hub').type('form').send({ 'hub.mode': MARK }).expect(400)
  // Two more for each that does well; the failing one has failed too seldom to be left alone.
  await until(reads(() => count('delivery_attempts_total') === 11))
})

afterAll(async () => {
  await hub.close()
  await receiver.close()
})

describe('the numbers', () => {
  it('of events are right', () => {
    // A login is a session too.
    expect(count('events_accepted_total', { kind: 'set' })).toBe(6)
    expect(count('events_accepted_total')).toBe(6)
    expect(count('events_passed_over_total', { reason: 'duplicate' })).toBe(1)
    expect(count('events_passed_over_total')).toBe(1)
    expect(count('events_refused_total', { reason: 'malformed' })).toBe(1)
    expect(count('events_refused_total', { reason: 'unauthenticated' })).toBe(2)
    expect(count('events_refused_total')).toBe(3)
  })

  it('of requests are right', () => {
    const route = '/in/:source'
    expect(count('requests_refused_total', { route, reason: 'malformed' })).toBe(1)
    expect(count('requests_refused_total', { route, reason: 'unauthenticated' })).toBe(2)
    expect(count('requests_refused_total', { route: '/hub', reason: 'malformed' })).toBe(1)
    expect(count('requests_refused_total')).toBe(4 + count('requests_refused_total', { route: 'no route' }))
    expect(count('requests_failed_total')).toBe(0)
    expect(count('steps_failed_total')).toBe(0)
  })

  it('of deliveries are right', () => {
    expect(count('deliveries_made_total')).toBe(5 + 4 + 4)
    expect(count('delivery_attempts_total', { outcome: 'delivered' })).toBe(6)
    // Three of the one that fails, one of the one that asked to be left alone, one 410.
    expect(count('delivery_attempts_total', { outcome: 'refused' })).toBe(5)
    expect(count('delivery_attempts_total')).toBe(11)
    expect(count('deliveries_ended_total', { state: 'delivered' })).toBe(6)
    expect(count('deliveries_ended_total', { state: 'dead' })).toBe(1)
    expect(count('deliveries_in_flight')).toBe(0)
  })

  it('of times are as many as there were attempts', () => {
    expect(count('delivery_queue_seconds_count', { attempt: 'first' })).toBe(11)
    expect(count('delivery_queue_seconds_count')).toBe(11)
    expect(count('delivery_exchange_seconds_count', { outcome: 'delivered' })).toBe(6)
    expect(count('delivery_exchange_seconds_count', { outcome: 'failed' })).toBe(5)
    for (const name of ['delivery_queue', 'delivery_exchange', 'commit']) {
      expect(count(`${name}_seconds_sum`)).toBeGreaterThan(0)
    }
    expect(count('commit_seconds_count', { to: 'disk' })).toBeGreaterThanOrEqual(3)
    expect(count('commit_seconds_count', { to: 'memory' })).toBeGreaterThan(0)
    expect(count('committed_changes_total')).toBeGreaterThanOrEqual(count('commit_seconds_count'))
  })

  it('of verifications are right', () => {
    expect(count('verifications_total', { mode: 'subscribe', outcome: 'confirmed' })).toBe(5)
    expect(count('verifications_total')).toBe(6)
  })

  it('of what waits are counted anew', async () => {
    // Three that failed, and of the one that is to be left alone all three.
    await until(
      reads(() => count('deliveries_waiting') === 6),
      { timeoutMs: 20_000 },
    )
    expect(count('retries_waiting')).toBe(4)
    expect(count('deliveries_to_come')).toBe(0)
    expect(count('subscriptions_failing')).toBe(0)
    expect(count('oldest_delivery_age_seconds')).toBeGreaterThan(0)
  })

  it('of the process make sense', () => {
    expect(count('process_resident_memory_bytes')).toBeGreaterThan(1e7)
    expect(count('process_cpu_seconds_total')).toBeGreaterThan(0)
    expect(count('process_start_time_seconds')).toBeCloseTo(
      Date.now() / 1_000 - performance.now() / 1_000,
      -2,
    )
    expect(count('event_loop_active_seconds_total')).toBeGreaterThan(0)
    expect(count('event_loop_lag_seconds')).toBeGreaterThanOrEqual(0)
  })
})

describe('the page', () => {
  it('holds nothing that came from outside', () => {
    expect(text).not.toContain(MARK)
    for (const own of ['acme', 'casdoor', '127.0.0.1', 'http', 'login', 'siem'])
      expect(text).not.toContain(own)
  })

  it('has no label value but words of the program', () => {
    const values = samples.flatMap(({ labels }) => Object.entries(labels))
    const unbounded = values.filter(([name, value = '']) => {
      if (name === 'le') return !/^(\+Inf|[\d.]+)$/.test(value)
      // A route is shown as its pattern.
      return !(name === 'route' ? /^(no route|(\/[a-z_.-]+|\/:[a-z]+)+)$/ : /^[a-z][a-z -]*$/).test(value)
    })
    expect(unbounded).toEqual([])
    const labels = new Set(values.map(([name]) => name))
    const known = ['attempt', 'kind', 'le', 'mode', 'outcome', 'pump', 'reason', 'route', 'state', 'to']
    expect([...labels].filter((name) => !known.includes(name))).toEqual([])
  })

  it('has names as Prometheus would have them', () => {
    for (const name of new Set([...text.matchAll(/^# TYPE (\S+ \S+)$/gm)].map(([, of]) => of))) {
      expect(name).toMatch(/^signet_[a-z_]+ (counter|gauge|histogram)$/)
      if (name?.endsWith(' counter')) expect(name).toMatch(/_total /)
      if (name?.endsWith(' histogram')) expect(name).toMatch(/_seconds /)
    }
  })

  it('is described to operators, all of it', () => {
    const described = readFileSync(new URL('../docs/operating.md', import.meta.url), 'utf8')
    const rows = [...described.matchAll(/^\| (`signet_.*?) +\|/gm)].map(([, names = '']) => names)
    const named = rows.flatMap((names) => [...names.matchAll(/`(signet_[a-z_]+)(?:\{([a-z,]+)\})?`/g)])
    const page = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name)
    expect(named.map(([, name]) => name).sort()).toEqual(page.sort())
    for (const [, name = '', labels = ''] of named) {
      const of = samples.filter((sample) => sample.name.replace(/_(bucket|sum|count)$/, '') === name)
      const shown = new Set(
        of.flatMap((sample) => Object.keys(sample.labels)).filter((label) => label !== 'le'),
      )
      if (of.length > 0)
        expect([name, [...shown].sort()]).toEqual([name, labels.split(',').filter(Boolean).sort()])
    }
  })

  it('does not grow with who is there', async () => {
    const before = samples.length
    await post(hub, formFor(hub, receiver.url(`/${MARK}-more`))).expect(202)
    await publish(casdoorLogin(`${MARK}-more`)).expect(202)
    await hub.http.get(`/${MARK}/more`).expect(404)
    await until(reads(() => count('events_accepted_total') === 8))
    expect(samples).toHaveLength(before)
  })
})

it(
  'what comes later is counted too: retries, what is given up, and what is nobody’s any more',
  { timeout: 60_000 },
  async () => {
    const isDead = (n: number) => reads(() => count('deliveries_ended_total', { state: 'dead' }) >= n)
    // The wait of what failed is over, and the schedule with it: once more, and it is dead.
    ahead += HOUR
    await until(isDead(2), { timeoutMs: 20_000 })
    expect(count('delivery_queue_seconds_count', { attempt: 'retry' })).toBeGreaterThan(0)
    // What the receiver was not even tried with is given up after the time that the schedule takes.
    ahead += 2 * HOUR
    await until(isDead(5), { timeoutMs: 20_000 })

    const waiting = await waitingFor(BUSY)
    expect(waiting).toBe(4)
    const form = formFor(hub, receiver.url(BUSY), { 'hub.topic': hub.topic(TOPIC) })
    await post(hub, { ...form, 'hub.mode': 'unsubscribe' }).expect(202)
    await until(reads(() => count('deliveries_ended_total', { state: 'dropped' }) === waiting))
    await until(
      reads(() => count('deliveries_waiting') === 0),
      { timeoutMs: 20_000 },
    )
    expect(count('deliveries_ended_total', { state: 'dead' })).toBe(5)
  },
)

it('what is under way when its subscription ends, and fails, is dropped and not retried', async () => {
  const before = count('deliveries_ended_total', { state: 'dropped' })
  const { promise, resolve: release } = Promise.withResolvers<undefined>()
  held = promise
  await hub.subscribe(receiver, { topic: TOPIC, target: HELD })
  await publish(casdoorLogin(`${MARK}-held`)).expect(202)
  await receiver.waitFor((requests) => requests.some(({ method, url }) => method === 'POST' && url === HELD))
  await scrape()
  expect(count('deliveries_in_flight')).toBeGreaterThan(0)
  const form = formFor(hub, receiver.url(HELD), { 'hub.topic': hub.topic(TOPIC) })
  await post(hub, { ...form, 'hub.mode': 'unsubscribe' }).expect(202)
  await settled(hub, receiver.url(HELD), isEnded)
  release(undefined)
  await until(reads(() => count('deliveries_ended_total', { state: 'dropped' }) === before + 1))
})
