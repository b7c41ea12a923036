/** A hub with one tenant, `acme`: a Casdoor source, a Logto source, and a subscriber of everything. */
import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { startTestHub, type TestHub, type TestHubOptions } from './hub.ts'
import type { Receiver } from './receiver.ts'
import { until } from './until.ts'

export const CASDOOR_SECRET = 'hub-source-token-casdoor'
export const LOGTO_SECRET = 'kW3xQ9pZ7vN2mT5rB8yJ4cF6hL1dS0aG'

/** A hundred years, in seconds. */
export const AGELESS = 3_153_600_000

export const CASDOOR_SOURCE = {
  id: 'casdoor',
  tenant: 'acme',
  provider: 'casdoor',
  issuer: 'https://door.acme.example',
  auth: { method: 'bearer', secret: CASDOOR_SECRET },
}

export const LOGTO_SOURCE = {
  id: 'logto',
  tenant: 'acme',
  provider: 'logto',
  issuer: 'https://logto.acme.example/oidc',
  auth: { method: 'hmac', secret: LOGTO_SECRET },
  // What Logto sent, byte for byte, grows older every day.
  max_age: AGELESS,
}

export interface AcmeHub extends TestHub {
  /** The subscriber's token; its patterns: everything. */
  token: string
  topic(path?: string): string
  /** Asks for a subscription and waits until it is active; the receiver must be willing. */
  subscribe(receiver: Receiver, options?: { topic?: string; target?: string; secret?: string }): Promise<void>
  /** Posts a body to `/in/casdoor` as Casdoor would. */
  casdoor(body: string | Buffer): Promise<Published>
  /** Posts a body to `/in/logto`, signed as Logto would. */
  logto(body: string | Buffer): Promise<Published>
}

export interface Published {
  accepted: number
  events: { jti: string; topic: string }[]
  reason?: string
}

/** A provider's payload, byte for byte. */
export const fixture = (path: string): Buffer =>
  readFileSync(new URL(`../providers/fixtures/${path}`, import.meta.url))

/** A Casdoor login that succeeded, different from every other by its `name`. */
export const casdoorLogin = (name: string): string =>
  JSON.stringify({ ...(JSON.parse(fixture('casdoor/login-success.json').toString()) as object), name })

export async function startAcme(options?: TestHubOptions): Promise<AcmeHub> {
  const hub = await startTestHub(options)
  const restarted = options?.folder !== undefined
  const token = restarted ? '' : await populate(hub)
  const topic = (path = ''): string => `${hub.url}/topics/acme${path}`
  return {
    ...hub,
    token,
    topic,
    async subscribe(receiver, { topic: path = '', target = '/cb', secret } = {}) {
      const form = { 'hub.mode': 'subscribe', 'hub.topic': topic(path), 'hub.callback': receiver.url(target) }
      await hub.http
        .post('/hub')
        .type('form')
        .set('Authorization', `Bearer ${token}`)
        .send(secret === undefined ? form : { ...form, 'hub.secret': secret })
        .expect(202, 'hub.mode=accepted')
      await until(async () => {
        const { items } = await hub.admin.get<{
          items: { callback: string; topic: string; state: string }[]
        }>('/subscriptions')
        return items.some(
          (item) =>
            item.state === 'active' && item.callback === receiver.url(target) && item.topic === topic(path),
        )
      })
    },
    async casdoor(body) {
      const answer = await hub.http
        .post('/in/casdoor')
        .set('Content-Type', 'application/json')
        .set('Authorization', `Bearer ${CASDOOR_SECRET}`)
        .send(body.toString())
      return answer.body as Published
    },
    async logto(body) {
      const answer = await hub.http
        .post('/in/logto')
        .set('Content-Type', 'application/json')
        .set('logto-signature-sha-256', createHmac('sha256', LOGTO_SECRET).update(body).digest('hex'))
        .send(body.toString())
      return answer.body as Published
    },
  }
}

async function populate(hub: TestHub): Promise<string> {
  await hub.admin.post('/tenants', { id: 'acme' })
  await hub.admin.post('/sources', CASDOOR_SOURCE)
  await hub.admin.post('/sources', LOGTO_SOURCE)
  const subscriber = await hub.admin.post<{ token: string }>('/subscribers', {
    id: 'siem',
    tenant: 'acme',
    topics: ['*'],
  })
  return subscriber.token
}
