/** The four identity providers, as the operator makes sources for them and as they send. */
import { createHmac, randomBytes, randomUUID } from 'node:crypto'

export const secret = (): string => randomBytes(24).toString('base64url')

const casdoorSecret = secret()
const logtoKey = secret()
const ferriskeyKey = secret()

/** What the operator posts to `/admin/v1/sources`. */
export const sources: readonly object[] = [
  {
    id: 'acme-casdoor',
    provider: 'casdoor',
    issuer: 'https://door.acme.example',
    auth: { method: 'bearer', secret: casdoorSecret },
  },
  {
    id: 'acme-logto',
    provider: 'logto',
    issuer: 'https://logto.acme.example/oidc',
    auth: { method: 'hmac', secret: logtoKey },
  },
  {
    id: 'acme-ferriskey',
    provider: 'ferriskey',
    issuer: 'https://ferriskey.acme.example/realms/acme',
    auth: { method: 'hmac', secret: ferriskeyKey },
  },
  {
    id: 'acme-wso2',
    provider: 'asgardeo',
    issuer: 'https://api.asgardeo.io/t/acme',
    auth: { method: 'network', allow_from: ['127.0.0.0/8', '::1'] },
    topic_prefix: 'acme.',
  },
]

/** A request that a provider makes: where to, and with what. */
export interface Sent {
  path: string
  headers: Record<string, string>
  body: string
}

const hmac = (key: string, text: string): string => createHmac('sha256', key).update(text).digest('hex')

export const fromCasdoor = (body: string): Sent => ({
  path: 'in/acme-casdoor',
  headers: { authorization: `Bearer ${casdoorSecret}` },
  body,
})

export const fromLogto = (body: string, key = logtoKey): Sent => ({
  path: 'in/acme-logto',
  headers: { 'logto-signature-sha-256': hmac(key, body) },
  body,
})

export function fromFerriskey(body: string): Sent {
  const timestamp = String(Math.floor(Date.now() / 1000))
  return {
    path: 'in/acme-ferriskey',
    headers: {
      'x-ferriskey-timestamp': timestamp,
      'x-ferriskey-delivery-id': randomUUID(),
      'x-ferriskey-signature': hmac(ferriskeyKey, `${timestamp}.${body}`),
    },
    body,
  }
}

/** WSO2 speaks to the hub itself, and names a topic of its own. */
export const fromWso2 = (body: string): Sent => ({
  path: 'hub?hub.mode=publish&hub.topic=acme.event.session',
  headers: {},
  body,
})
