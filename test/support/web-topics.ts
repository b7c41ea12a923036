/** A hub whose topics may be pages of anyone, and what publishers and subscribers of pages say to it. */
import type { Test } from 'supertest'
import { startTestHub, type TestHub, type TestHubOptions } from './hub.ts'
import { type Received, type Receiver, type Reply, startReceiver } from './receiver.ts'
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

type Page = Reply | ((request: Received) => Reply)

/** An open hub, a site with pages, and a subscriber to them. */
export interface Web {
  hub: TestHub
  site: Receiver
  subscriber: Receiver
  /** By target; what is not among them is a short text. */
  pages: Map<string, Page>
  /** The topic of a page, once the subscriber's target of the same name follows it. */
  followed(target: string, changes?: object): Promise<string>
  /** Once no page waits to be fetched, what did not come will not come. */
  settle(): Promise<void>
  close(): Promise<void>
}

export async function startWeb(): Promise<Web> {
  const hub = await startOpenHub()
  const pages = new Map<string, Page>()
  const site = await startReceiver({
    script: (request) => {
      const page = pages.get(request.url) ?? textPage(`page ${request.url}`)
      return typeof page === 'function' ? page(request) : page
    },
  })
  const subscriber = await startReceiver()
  const followed = async (target: string, changes: object = {}): Promise<string> => {
    await follow(hub, site.url(target), subscriber.url(target), changes)
    return site.url(target)
  }
  return {
    hub,
    site,
    subscriber,
    pages,
    followed,
    async settle() {
      const target = `/behind-${Math.random()}`
      await ping(hub, { 'hub.url': await followed(target) }).expect(204)
      await delivered(subscriber, target, 1)
    },
    async close() {
      await hub.close()
      await site.close()
      await subscriber.close()
    },
  }
}

export const textPage = (body: string, headers: Record<string, string> = {}): Reply => ({
  status: 200,
  headers: { 'Content-Type': 'text/plain', ...headers },
  body,
})
