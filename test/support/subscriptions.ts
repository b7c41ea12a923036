/** What a subscriber says to `/hub`, and what comes of it in the operator's eyes. */
import { createHmac } from 'node:crypto'
import type { Test } from 'supertest'
import type { AcmeHub } from './acme.ts'
import type { Received, Receiver } from './receiver.ts'
import { until } from './until.ts'

export interface SubscriptionView {
  id: string
  subscriber: string | null
  webhook: string | null
  source: string | null
  topic: string
  callback: string
  state: 'pending' | 'active' | 'paused' | 'ended'
  ended_why: string | null
  lease_expires_at: string | null
  renewed_by_hub: boolean
  signed: boolean
  verification: string | null
  verification_at: string | null
  last_success_at: string | null
  last_failure_at: string | null
  last_failure: string | null
}

export type Form = Record<string, string>

/** Posts a form, as it is when it is a string, with the token of the subscriber of everything. */
export const post = (hub: AcmeHub, form: Form | string, token = hub.token): Test =>
  hub.http.post('/hub').type('form').set('Authorization', `Bearer ${token}`).send(form)

/** A request to subscribe, or to unsubscribe, with whatever is added or changed. */
export const formFor = (hub: AcmeHub, callback: string, changes: Form = {}): Form => ({
  'hub.mode': 'subscribe',
  'hub.topic': hub.topic(),
  'hub.callback': callback,
  ...changes,
})

export async function subscriptionsOf(hub: AcmeHub, callback: string): Promise<SubscriptionView[]> {
  const { items } = await hub.admin.get<{ items: SubscriptionView[] }>('/subscriptions?limit=500')
  return items.filter((item) => item.callback === callback)
}

/** The one subscription of this callback, as soon as it is as it should be. */
export async function settled(
  hub: AcmeHub,
  callback: string,
  reached: (subscription: SubscriptionView) => boolean,
): Promise<SubscriptionView> {
  let found: SubscriptionView | undefined
  await until(async () => {
    const [only] = await subscriptionsOf(hub, callback)
    found = only !== undefined && reached(only) ? only : undefined
    return found !== undefined
  })
  return found as unknown as SubscriptionView
}

export const isActive = ({ state }: SubscriptionView): boolean => state === 'active'
export const isEnded = ({ state }: SubscriptionView): boolean => state === 'ended'

/** Verification requests that came to a target; `params` are read from the end, behind the callback's own. */
export const verifications = (receiver: Receiver, target: string): Received[] =>
  receiver.requests.filter(({ method, url }) => method === 'GET' && url.startsWith(target))

/** A parameter of a verification request: the last of that name, since a callback may have one of its own. */
export const parameter = (request: Received | undefined, name: string): string | undefined =>
  new URL(request?.url ?? '', 'http://receiver').searchParams.getAll(name).at(-1)

export const deliveriesTo = (receiver: Receiver, target: string): Received[] =>
  receiver.deliveries().filter(({ url }) => url === target)

export const signature = (secret: string, body: Buffer, alg = 'sha256'): string =>
  `${alg}=${createHmac(alg, secret).update(body).digest('hex')}`
