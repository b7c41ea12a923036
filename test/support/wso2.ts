/** WSO2 Identity Server's publisher, as it speaks to a hub: parameters in the query, JSON bodies, no credentials. */
import { readFileSync } from 'node:fs'
import type { Test } from 'supertest'
import { type AcmeHub, startAcme } from './acme.ts'
import { type Receiver, startReceiver } from './receiver.ts'
import { isActive, settled, type SubscriptionView } from './subscriptions.ts'

export const PREFIX = 'myorg.'
export const SESSIONS = 'myorg.10084a8d-113f-4211-a0d5-efe36b082211.schema.wso2.v1.event.session'
export const LOGINS = 'myorg.10084a8d-113f-4211-a0d5-efe36b082211.schema.wso2.v1.event.login'
/** Its HTTP client writes this, and ISO-8859-1 where a name needs it. */
export const JSON_TYPE = 'application/json'

/** A body as it was sent, different from every other by its `jti`. */
export function wso2Event(jti: string, name = 'session.sessionRevoked', changes: object = {}): string {
  const path = new URL(`../providers/fixtures/asgardeo/${name}.json`, import.meta.url)
  const payload = JSON.parse(readFileSync(path, 'utf8')) as object
  return JSON.stringify({ ...payload, jti, rci: `rci-of-${jti}`, ...changes })
}

export const makeWso2Source = (hub: AcmeHub, changes: object = {}) =>
  hub.admin.post('/sources', {
    id: 'wso2',
    tenant: 'acme',
    provider: 'asgardeo',
    issuer: 'https://api.asgardeo.io/t/myorg',
    auth: { method: 'network', allow_from: ['127.0.0.0/8', '::1'] },
    topic_prefix: PREFIX,
    ...changes,
  })

/** The adapter's requests. */
export function adapter(hub: AcmeHub) {
  const call = (query: Record<string, string>, body: string | Buffer, activity: string): Test =>
    hub.http
      .post('/hub')
      .query(query)
      .set('Accept', JSON_TYPE)
      .set('Content-Type', JSON_TYPE)
      .set('activityid', activity)
      // As it is: a string would be sent as UTF-8.
      .serialize((bytes: unknown) => bytes as string)
      .send(Buffer.from(body))
  return {
    register: (topic: string) => call({ 'hub.mode': 'register', 'hub.topic': topic }, 'null', 'a-1'),
    deregister: (topic: string) => call({ 'hub.mode': 'deregister', 'hub.topic': topic }, 'null', 'a-2'),
    publish: (topic: string, body: string | Buffer) =>
      call({ 'hub.mode': 'publish', 'hub.topic': topic }, body, 'a-3'),
    subscribe: (topic: string, callback: string, form: Record<string, string> = {}) =>
      hub.http
        .post('/hub')
        .type('form')
        .send({
          'hub.mode': 'subscribe',
          'hub.topic': topic,
          'hub.callback': callback,
          'hub.secret': 'the-customer-gave-it',
          ...form,
        }),
  }
}

export const ACCEPTED = 'hub.mode=accepted'

/** A hub with WSO2 as a source, and the endpoint of a customer of WSO2. */
export interface Wso2 {
  hub: AcmeHub
  customer: Receiver
  wso2: ReturnType<typeof adapter>
  /** Has WSO2 subscribe the customer's endpoint, and the customer agree. */
  onBehalf(topic: string, target: string): Promise<SubscriptionView>
  close(): Promise<void>
}

export async function startWso2(): Promise<Wso2> {
  const hub = await startAcme()
  const customer = await startReceiver()
  await makeWso2Source(hub)
  const wso2 = adapter(hub)
  return {
    hub,
    customer,
    wso2,
    async onBehalf(topic, target) {
      await wso2.subscribe(topic, customer.url(target)).expect(202, ACCEPTED)
      return settled(hub, customer.url(target), isActive)
    },
    async close() {
      await hub.close()
      await customer.close()
    },
  }
}
