/** A webhook as the suites make it, and the moves that most of their tests begin with. */
import { webhookOwner } from '../../src/core/owner.ts'
import type { WantedSubscription, Webhook } from '../../src/core/webhook.ts'
import type { Store } from '../../src/store/index.ts'
import { callback, claimIntents, intentRequest, LEASE_SECONDS, NOW, TOPIC } from './scene.ts'

export const USER = `${TOPIC}/user`
export const ROLE = `${TOPIC}/role`
export const DUE = NOW + Math.ceil((LEASE_SECONDS * 2_000) / 3)

export const webhook = (changes: Partial<Webhook> = {}): Webhook => ({
  id: 'w1',
  tenant: 'acme',
  name: 'CRM',
  description: 'what customers do',
  url: callback('a'),
  header_names: ['X-Key'],
  headers_sealed: 'sealed headers',
  topics: ['user'],
  secret_sealed: 'one',
  format: 'jwt',
  verification: 'challenge',
  paused: false,
  created_at: NOW,
  ...changes,
})

/** As the webhook says, one for each of these topics. */
export const wanted = (of: Webhook, ...topics: string[]): WantedSubscription[] =>
  topics.map((topic) => {
    const request = intentRequest({
      topic,
      callback: of.url,
      subscriber: webhookOwner(of.id),
      renewing: true,
      secretSealed: of.secret_sealed,
    })
    const vouched = of.verification === 'operator'
    return {
      request: { ...request, paused: of.paused, intent: { ...request.intent, vouched } },
      isMetBy: (held) => held.secretSealed === of.secret_sealed && held.vouched === vouched,
    }
  })

/** A subscription in the words of `states`. */
export const line = (name: string, topic: string, state: string) => `${callback(name)} ${topic} ${state}`

export function webhookMoves(store: Store) {
  const make = (of = webhook(), ...topics: string[]) =>
    store.registry.webhooks.make(of, wanted(of, ...(topics.length === 0 ? [USER] : topics)))
  const change = async (changes: Partial<Webhook>, topics?: string[], pausing = false) => {
    const outcome = await store.registry.webhooks.change(
      'w1',
      (before) => {
        const after = { ...before, ...changes }
        return {
          webhook: after,
          pausing,
          ...(topics !== undefined && { wanted: wanted(after, ...topics) }),
        }
      },
      NOW,
    )
    return typeof outcome === 'string' ? outcome : { asked: outcome.asked.length }
  }
  /** Every callback that is asked agrees. */
  const confirmAll = async (now = NOW) => {
    const intents = await claimIntents(store, now)
    for (const intent of intents) await store.intents.settle(intent, { outcome: 'confirmed', now })
    return intents
  }
  const states = async () => {
    const found = await store.registry.webhooks.get('w1')
    return found?.subscriptions.map(({ topic, callback: url, state }) => `${url} ${topic} ${state}`)
  }
  return { make, change, confirmAll, states }
}
