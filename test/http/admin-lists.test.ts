/** Lists that are narrowed by their query, and what one subscription shows of itself. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AcmeHub, casdoorLogin, startAcme } from '../support/acme.ts'
import { admin } from '../support/admin-api.ts'
import { deliveriesListed } from '../support/deliveries.ts'
import { type Receiver, startReceiver, willing } from '../support/receiver.ts'
import { formFor, isActive, post, settled, type SubscriptionView } from '../support/subscriptions.ts'
import { until } from '../support/until.ts'
import { activeWebhook } from '../support/webhooks.ts'

let hub: AcmeHub
let receiver: Receiver
let [siem, hook, failing] = ['', '', '']
let webhook: string
let began: number

/** Of the two events of a login this one is on it. */
const topic = () => hub.topic('/login/succeeded')

beforeAll(async () => {
  began = Date.now()
  hub = await startAcme({ env: { SIGNET_RETRY_SCHEDULE: '1h' } })
  receiver = await startReceiver({
    script: (request) => (request.url === '/failing' ? { status: 500 } : willing(request)),
  })
  const subscribed = async (target: string) => {
    await post(hub, formFor(hub, receiver.url(target), { 'hub.topic': topic() })).expect(202)
    return (await settled(hub, receiver.url(target), isActive)).id
  }
  siem = await subscribed('/siem')
  failing = await subscribed('/failing')
  const made = await activeWebhook(hub, receiver.url('/hook'))
  webhook = made.id
  hook = made.subscriptions[0]?.id ?? ''
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) await hub.casdoor(casdoorLogin(name))
  await until(async () => (await listed('subscriptions', 'state=failing')).length === 1)
  await until(async () => (await deliveriesListed(hub, '&state=delivered')).length === 12)
})
afterAll(async () => {
  await hub.close()
  await receiver.close()
})

const listed = async (kind: string, query: string): Promise<Record<string, unknown>[]> =>
  (await hub.admin.get<{ items: Record<string, unknown>[] }>(`/${kind}?${query}`)).items

const idsOf = async (query: string) => (await listed('subscriptions', query)).map(({ id }) => id)

describe('GET /subscriptions', () => {
  it('by tenant, topic, owner and state', async () => {
    const every = [hook, failing, siem]
    expect(await idsOf('')).toEqual(every)
    expect(await idsOf(`tenant=acme&topic=${encodeURIComponent(topic())}`)).toEqual(every)
    expect(await idsOf('topic=nope')).toEqual([])
    expect(await idsOf('subscriber=siem')).toEqual([failing, siem])
    expect(await idsOf(`webhook=${webhook}`)).toEqual([hook])
    expect(await idsOf('state=failing')).toEqual([failing])
    expect(await idsOf('state=active&tenant=acme')).toEqual([hook, siem])
    await admin(hub, 'patch', `/subscriptions/${hook}`, { paused: true }).expect(200)
    expect(await idsOf('state=paused')).toEqual([hook])
    expect(await idsOf('state=active')).toEqual([siem])
    await admin(hub, 'patch', `/subscriptions/${hook}`, { paused: false }).expect(200)
    expect(await idsOf('state=ended')).toEqual([])
  })
})

describe('GET /subscriptions/{id}', () => {
  it('says why nothing arrives', async () => {
    type Whole = SubscriptionView & {
      waiting: number
      failing_since: string | null
      held_until: string | null
    }
    const shown = await hub.admin.get<Whole>(`/subscriptions/${failing}`)
    expect(shown).toMatchObject({ state: 'failing', waiting: 6, last_failure: 'refused (500)' })
    expect(Date.parse(shown.failing_since ?? '')).toBeGreaterThanOrEqual(began)
    // The next probe: at most five minutes off.
    expect(Date.parse(shown.held_until ?? '')).toBeGreaterThan(Date.parse(shown.failing_since ?? ''))
    const well = await hub.admin.get<Whole>(`/subscriptions/${siem}`)
    expect(well).toMatchObject({ state: 'active', waiting: 0, failing_since: null, held_until: null })
    expect(Date.parse(well.last_success_at ?? '')).toBeGreaterThanOrEqual(began)
  })
})

describe('GET /events', () => {
  it('by tenant, source, category, name and time', async () => {
    const all = await listed('events', '')
    expect(all.length).toBe(12)
    expect((await listed('events', 'tenant=acme&source=casdoor')).length).toBe(12)
    expect(await listed('events', 'tenant=other')).toEqual([])
    expect(await listed('events', 'source=logto')).toEqual([])
    const logins = await listed('events', 'category=login&name=succeeded')
    expect(logins).toEqual(all.filter(({ category }) => category === 'login'))
    expect(logins.length).toBe(6)
    const at = (ms: number) => encodeURIComponent(new Date(ms).toISOString())
    const newest = Date.parse(String(all[0]?.accepted_at))
    expect(await listed('events', `since=${at(newest + 1)}`)).toEqual([])
    expect(await listed('events', `until=${at(began)}`)).toEqual([])
    const split = at(newest)
    const [before, since] = [
      await listed('events', `until=${split}`),
      await listed('events', `since=${split}`),
    ]
    expect(since.length).toBeGreaterThan(0)
    expect([...since, ...before]).toEqual(all)
  })
})

describe('GET /deliveries', () => {
  it('by subscription, event and state', async () => {
    const [newest] = await listed('events', 'category=login')
    const of = await deliveriesListed(hub, `&event=${String(newest?.jti)}`)
    expect(of.map(({ subscription, state }) => [subscription, state])).toEqual([
      [hook, 'delivered'],
      [failing, 'waiting'],
      [siem, 'delivered'],
    ])
    const ofFailing = await deliveriesListed(hub, `&subscription=${failing}`)
    expect(ofFailing.map(({ state }) => state)).toEqual(Array.from({ length: 6 }, () => 'waiting'))
    expect(await deliveriesListed(hub, `&subscription=${failing}&state=waiting`)).toEqual(ofFailing)
    expect(await deliveriesListed(hub, '&state=dead')).toEqual([])
    expect((await deliveriesListed(hub, '&tenant=acme')).length).toBe(18)
  })

  it('shows tests, which are on no topic', async () => {
    const { deliveries } = await hub.admin.post<{ deliveries: string[] }>(`/subscriptions/${siem}/test`, {})
    const ids = async (query: string) => (await deliveriesListed(hub, query)).map(({ id }) => id)
    expect(await ids(`&subscription=${siem}`)).toContain(deliveries[0])
    expect(await ids(`&subscription=${hook}`)).not.toContain(deliveries[0])
    expect(await ids('')).toContain(deliveries[0])
  })
})

describe('what no list knows', () => {
  it.each([
    ['/deliveries?state=lost', 'state is not one of waiting, delivered, dead, dropped.'],
    ['/subscriptions?state=dead', 'state is not one of pending, active, failing, paused, ended.'],
    ['/events?since=yesterday', 'since is not a time with its zone, such as 2026-01-31T08:00:00Z.'],
    ['/events?until=2026-01-31T08:00:00', 'until is not a time with its zone'],
    ['/events?until=2026-02-30T08:00:00Z', 'until is not a time with its zone'],
    ['/events?limit=501', 'limit is not a whole number from 1 to 500.'],
    ['/deliveries?cursor=7', 'cursor is not the next of an earlier page.'],
    ['/deliveries?cursor=7.7.x', 'cursor is not the next of an earlier page.'],
    [
      '/deliveries?subscriber=siem',
      'The query takes limit, cursor, tenant, subscription, topic, state, event, each',
    ],
    ['/tenants?tenant=acme', 'The query takes limit, cursor, each at most once.'],
    ['/events?name=a&name=b', 'each at most once.'],
  ])('%s is 400', async (path, sentence) => {
    const answer = await admin(hub, 'get', path).expect(400)
    expect((answer.body as { detail: string }).detail).toContain(sentence)
  })
})
