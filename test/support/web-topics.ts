/** A hub whose topics may be pages of anyone, and what publishers and subscribers of pages say to it. */
import type { Test } from 'supertest'
import { startTestHub, type TestHub, type TestHubOptions } from './hub.ts'
import type { Received, Receiver } from './receiver.ts'
import type { SubscriptionView } from './subscriptions.ts'
import { until } from './until.ts'

export const startOpenHub = ({ env, ...options }: TestHubOptions = {}): Promise<TestHub> =>
  startTestHub({
    ...options,
    env: { SIGNET_TOPIC_ORIGINS: '*', SIGNET_RETRY_SCHEDULE: '50ms,100ms', ...env },
  })

/** A ping, as a publisher sends it; a string is the form as it is. */
export const ping = (hub: TestHub, form: Record<string, string | string[]> | string): Test =>
  hub.http
    .post('/hub')
    .type('form')
    .send(typeof form === 'string' ? form : { 'hub.mode': 'publish', ...form })

export const askFor = (hub: TestHub, topic: string, callback: string, changes: object = {}): Test =>
  hub.http
    .post('/hub')
    .type('form')
    .send({ 'hub.mode': 'subscribe', 'hub.topic': topic, 'hub.callback': callback, ...changes })

/** Subscribes without a token, and waits for the state. */
export async function follow(
  hub: TestHub,
  topic: string,
  callback: string,
  changes: object = {},
  state = 'active',
): Promise<void> {
  await askFor(hub, topic, callback, changes).expect(202, 'hub.mode=accepted')
  await until(async () => {
    const { items } = await hub.admin.get<{ items: SubscriptionView[] }>('/subscriptions?limit=500')
    return items.some((item) => item.callback === callback && item.topic === topic && item.state === state)
  })
}

/** Requests for a page. */
export const fetches = (site: Receiver, target: string): Received[] =>
  site.requests.filter(({ method, url }) => method === 'GET' && url === target)

/** What came to a callback, as soon as it is so many. */
export async function delivered(receiver: Receiver, target: string, count: number): Promise<Received[]> {
  const found = () => receiver.deliveries().filter(({ url }) => url === target)
  await receiver.waitFor(() => found().length >= count)
  return found()
}
