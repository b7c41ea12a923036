/** What an operator says to the admin API of webhooks, and what it shows. */
import type { AcmeHub } from './acme.ts'
import type { SubscriptionView } from './subscriptions.ts'
import { until } from './until.ts'

export interface WebhookView {
  id: string
  url: string
  header_names: string[]
  topics: string[]
  paused: boolean
  secret?: string
  last_success_at: string | null
  last_failure_at: string | null
  last_failure: string | null
  subscriptions: SubscriptionView[]
}

export const SECRET = 'crm-secret-51ab'
export const API_KEY = 'crm-api-key-83f0'

export const newWebhook = (url: string, changes: object = {}): object => ({
  tenant: 'acme',
  name: 'CRM',
  url,
  headers: { 'X-Api-Key': API_KEY },
  topics: ['login/succeeded'],
  secret: SECRET,
  ...changes,
})

export const read = (hub: AcmeHub, id: string): Promise<WebhookView> =>
  hub.admin.get<WebhookView>(`/webhooks/${id}`)

/** The webhook, as soon as all its subscriptions are in this state. */
export async function whenAll(
  hub: AcmeHub,
  id: string,
  state: SubscriptionView['state'],
): Promise<WebhookView> {
  let found = await read(hub, id)
  await until(async () => {
    found = await read(hub, id)
    return found.subscriptions.every((subscription) => subscription.state === state)
  })
  return found
}

/** Made, and verified. */
export async function activeWebhook(hub: AcmeHub, url: string, changes: object = {}): Promise<WebhookView> {
  const { id } = await hub.admin.post<WebhookView>('/webhooks', newWebhook(url, changes))
  return whenAll(hub, id, 'active')
}
