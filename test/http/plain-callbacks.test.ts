/** Callbacks over plain http: for pages, which are public, and for nothing else unless the operator allows it. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { TestHub } from '../support/hub.ts'
import type { SubscriptionView } from '../support/subscriptions.ts'
import { until } from '../support/until.ts'
import { askFor, startOpenHub } from '../support/web-topics.ts'

const PAGE = 'https://blog.example/feed'

let hub: TestHub
/** What every name leads to. */
let addresses: string[]

beforeEach(async () => {
  hub = await startOpenHub({
    env: { SIGNET_OUTBOUND_ALLOW: 'crm' },
    overrides: { resolve: () => Promise.resolve(addresses) },
  })
})
afterEach(() => hub.close())

/** What came of asking the callback, as soon as the guard has refused it. */
async function refusal(callback: string): Promise<string> {
  await askFor(hub, PAGE, callback).expect(202)
  let found: string | null | undefined
  await until(async () => {
    const { items } = await hub.admin.get<{ items: SubscriptionView[] }>('/subscriptions')
    found = items.find((item) => item.callback === callback)?.ended_why
    return typeof found === 'string'
  })
  return found ?? ''
}

it('of a page are called at public addresses', async () => {
  // The second stops what the first would not.
  addresses = ['1.1.1.1', '127.0.0.1']
  expect(await refusal('http://cb.example/')).toContain('127.0.0.1, which is a loopback address')
})

it('of a page are not called at private addresses', async () => {
  addresses = ['10.0.0.1']
  expect(await refusal('http://cb.example/')).toContain('10.0.0.1, which is a private address')
  await askFor(hub, PAGE, 'http://10.0.0.1/').expect(400, /private address/)
  await askFor(hub, PAGE, 'http://localhost/').expect(400, /loopback/)
})

it.each(['session', ''])('of the hub’s own topics are refused: /topics/acme/%s', async (path) => {
  const topic = `${hub.url}/topics/acme/${path}`
  await askFor(hub, topic, 'http://cb.example/').expect(400, /not https/)
  await askFor(hub, topic, 'http://1.1.1.1/').expect(400, /use https/)
})

it('of a name that a source registered are refused', async () => {
  await askFor(hub, 'myorg.events', 'http://cb.example/').expect(400, /not https/)
})
