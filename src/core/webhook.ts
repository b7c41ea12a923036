/**
 * What identity providers call a webhook: an operator's own endpoint, which the hub subscribes to several topics and
 * whose leases it renews.
 */
import type { SetFormat } from './set.ts'
import type { IntentRequest } from './store-ports.ts'

/** `operator`: for receivers that cannot repeat a challenge; the operator vouches that they want it. */
export type WebhookVerification = 'challenge' | 'operator'

/** As the operator sees it, but for its subscriptions. */
export interface WebhookSettings {
  id: string
  tenant: string
  name: string
  description: string
  url: string
  header_names: string[]
  /** Patterns, each a subscription. */
  topics: string[]
  format: SetFormat
  verification: WebhookVerification
  /** Deliveries are made and wait. */
  paused: boolean
  created_at: number
}

/** As it is kept. */
export interface Webhook extends WebhookSettings {
  /** The names and values as one JSON object; null where there are none. */
  headers_sealed: string | null
  secret_sealed: string
}

/** A subscription that a webhook should have. */
export interface WantedSubscription {
  request: IntentRequest
  /** Whether what is held, or asked for already, is just this. */
  isMetBy: (held: { secretSealed: string | null; vouched: boolean }) => boolean
}
