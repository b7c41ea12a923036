/**
 * Every hostile answer at once, from a subscriber each, beside one that is healthy: each comes to what it must, and
 * the healthy one notices nothing.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AcmeHub, casdoorLogin, startAcme } from '../support/acme.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'
import { settled } from '../support/subscriptions.ts'
import { until } from '../support/until.ts'
import { newWebhook, type WebhookView } from '../support/webhooks.ts'
import { answers, type HostileAnswer } from './answers.ts'
import { type Site, startSite } from './site.ts'

/** Several times what a healthy delivery takes, wherever this runs: whoever waited for a hostile one is late. */
const DELIVERY_TIMEOUT_MS = 3_000
const HANDS = 64
const EVENTS = 30
const HOUR = 3_600

let hub: AcmeHub
let healthy: Receiver
const sites = new Map<HostileAnswer, Site>()
const webhooks = new Map<HostileAnswer, WebhookView>()
/** When each event was accepted. */
const accepted: number[] = []
let memoryBefore: number

beforeAll(async () => {
  hub = await startAcme({
    env: {
      SIGNET_DELIVERY_TIMEOUT: `${DELIVERY_TIMEOUT_MS}ms`,
      SIGNET_RETRY_SCHEDULE: '1h,1h',
      SIGNET_CONCURRENCY: `${HANDS},8,8`,
    },
  })
  healthy = await startReceiver()
  await hub.subscribe(healthy, { topic: '/login/succeeded', target: '/healthy' })
  for (const answer of answers) {
    const site = await startSite((socket) => answer.play(socket))
    sites.set(answer, site)
    const webhook = newWebhook(site.url, { name: answer.name, verification: 'operator' })
    webhooks.set(answer, await hub.admin.post<WebhookView>('/webhooks', webhook))
  }
  for (const { url } of sites.values()) await settled(hub, url, ({ state }) => state === 'active')
  memoryBefore = process.memoryUsage().rss
  for (let i = 0; i < EVENTS; i += 1) {
    await hub.casdoor(casdoorLogin(`event ${i}`))
    accepted.push(Date.now())
  }
}, 60_000)

afterAll(async () => {
  await hub.close()
  await healthy.close()
  for (const site of sites.values()) await site.close()
})

it('leaves the healthy subscriber what it has', async () => {
  const came = () => healthy.deliveries()
  await healthy.waitFor(() => came().length >= EVENTS, { timeoutMs: 10 * DELIVERY_TIMEOUT_MS })
  expect(new Set(came().map(({ body }) => body.toString())).size).toBe(EVENTS)
  const late = came().map(({ at }, i) => at - (accepted[i] ?? 0))
  expect(Math.max(...late)).toBeLessThan(DELIVERY_TIMEOUT_MS)
}, 60_000)

interface DeliveryView {
  id: string
  state: string
  due_at: string | null
  receipts: { sent_at: string; outcome: string; status: number | null; said: string | null }[]
}

/** The first delivery to a subscription, once it has been tried. */
async function tried(subscription: string): Promise<DeliveryView> {
  let found: DeliveryView | undefined
  await until(
    async () => {
      const of = (await everyDelivery()).findLast((delivery) => delivery.subscription === subscription)
      found =
        of === undefined
          ? undefined
          : await hub.admin.get<DeliveryView & Record<string, unknown>>(`/deliveries/${of.id}`)
      return (found?.receipts.length ?? 0) > 0
    },
    { timeoutMs: 10 * DELIVERY_TIMEOUT_MS },
  )
  return found as unknown as DeliveryView
}

async function everyDelivery(): Promise<{ id: string; subscription: string }[]> {
  const all: { id: string; subscription: string }[] = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const page: { items: typeof all; next: string | null } = await hub.admin.get(
      `/deliveries?limit=500${cursor === '' ? '' : `&cursor=${cursor}`}`,
    )
    all.push(...page.items)
    cursor = page.next
  }
  return all
}

describe('a subscriber that answers with', () => {
  it.each(answers.map((answer) => [answer.name, answer] as const))(
    '%s',
    { timeout: 60_000 },
    async (_, answer) => {
      const [subscription] = webhooks.get(answer)?.subscriptions ?? []
      const { state, due_at, receipts } = await tried(subscription?.id ?? '')
      const [first] = receipts
      const isDelivered = answer.outcome === 'delivered'
      expect(first?.outcome).toMatch(answer.outcome)
      if (answer.status !== undefined) expect(first?.status).toBe(answer.status)
      if (answer.said !== undefined) expect(first?.said).toBe(answer.said)
      expect(state).toBe(isDelivered ? 'delivered' : 'waiting')
      if (!isDelivered) {
        const [least, most] = answer.wait ?? [HOUR / 2, HOUR]
        const wait = (Date.parse(due_at ?? '') - Date.parse(first?.sent_at ?? '')) / 1_000
        expect(wait).toBeGreaterThanOrEqual(least)
        // An attempt may have taken until its time-out.
        expect(wait).toBeLessThanOrEqual(most + 2 * (DELIVERY_TIMEOUT_MS / 1_000))
      }
      // It keeps its subscription: none of this means that it is gone.
      const { state: of } = await hub.admin.get<{ state: string }>(`/subscriptions/${subscription?.id ?? ''}`)
      expect(of).toMatch(/^(active|failing)$/)
    },
  )
})

it('holds no more connections than are under way, or kept for a moment, and no more memory', () => {
  const open = [...sites.values()].reduce((sum, site) => sum + site.open(), 0)
  expect(open).toBeLessThanOrEqual(HANDS + sites.size)
  expect(process.memoryUsage().rss - memoryBefore).toBeLessThan(300_000_000)
})
