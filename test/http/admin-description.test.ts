/** The description of the admin API is true: each status that it answers is described, and each member of its answers. */
import { Ajv2020 } from 'ajv/dist/2020.js'
import { beforeAll, expect, it } from 'vitest'
import { type AcmeHub, casdoorLogin } from '../support/acme.ts'
import { admin } from '../support/admin-api.ts'
import { type Receiver, willing } from '../support/receiver.ts'
import { startScene } from '../support/scene.ts'
import { until } from '../support/until.ts'
import { activeWebhook, newWebhook, type WebhookView } from '../support/webhooks.ts'
import { adapter, makeWso2Source, SESSIONS, wso2Event } from '../support/wso2.ts'

type Responses = Record<string, { $ref?: string }>

let hub: AcmeHub
let receiver: Receiver
let webhook: WebhookView
let paths: Record<string, Record<string, { responses: Responses }>>
const ajv = new Ajv2020({ strict: false, validateFormats: false })

beforeAll(async () => {
  const scene = await startScene()
  ;({ hub, receiver } = scene)
  const document = await hub.admin.get('/openapi.json')
  paths = document.paths as typeof paths
  // Whatever is not described is one too many.
  const closed = JSON.stringify(document, (_name, part: unknown) =>
    typeof part === 'object' && part !== null && 'properties' in part && !('additionalProperties' in part)
      ? { ...part, additionalProperties: false }
      : part,
  )
  ajv.addSchema(JSON.parse(closed) as object, 'openapi')
  await makeWso2Source(hub)
  await adapter(hub).register(SESSIONS)
  await adapter(hub).subscribe(SESSIONS, receiver.url('/wso2')).expect(202)
  webhook = await activeWebhook(hub, receiver.url('/hook'), { topics: ['*', 'login/succeeded'] })
  await hub.casdoor(casdoorLogin('one'))
  await adapter(hub).publish(SESSIONS, wso2Event('jti-1')).expect(202)
  await receiver.waitFor(() => receiver.deliveries().length >= 4)
  return scene.close
})

const patternOf = (path: string): string =>
  path === '/subjects/erase'
    ? path
    : path.startsWith('/keys/')
      ? path.replace(/[^/]+(?=\/revoke$)/, '{kid}')
      : path.replace(/^(\/\w+\/)[^/?]+/, '$1{id}')

/** Sends it, and finds its answer in the description. */
async function described(
  method: 'get' | 'post' | 'patch' | 'delete',
  path: string,
  status: number,
  body?: object,
): Promise<Record<string, unknown>> {
  const answer = await admin(hub, method, path, body)
  expect(answer.status, `${method} ${path}: ${answer.text}`).toBe(status)
  const pattern = `/admin/v1${patternOf(path.replace(/\?.*/, ''))}`
  const response = paths[pattern]?.[method]?.responses[status]
  expect(response, `${method} ${pattern} ${status}`).toBeDefined()
  if (response?.$ref === undefined) return {}
  const type = status < 400 ? 'application~1json' : 'application~1problem+json'
  const validate = ajv.getSchema(`openapi${response.$ref}/content/${type}/schema`)
  expect(validate?.(answer.body), `${pattern}: ${JSON.stringify(validate?.errors)} ${answer.text}`).toBe(true)
  return answer.body as Record<string, unknown>
}

const KINDS = ['tenants', 'sources', 'subscribers', 'webhooks', 'subscriptions', 'events', 'deliveries']

it.each(KINDS)('%s, read and listed', async (kind) => {
  const { items } = (await described('get', `/${kind}`, 200)) as { items: { id?: string; jti?: string }[] }
  expect(items).not.toEqual([])
  for (const { id, jti } of items) await described('get', `/${kind}/${id ?? jti ?? ''}`, 200)
  await described('get', `/${kind}?limit=1`, 200)
  await described('get', `/${kind}?limit=0`, 400)
  await described('get', `/${kind}/nope`, 404)
})

it('tenants', async () => {
  await described('post', '/tenants', 400, { id: 't', subscribe: 'open' })
  await described('post', '/tenants', 201, { id: 't' })
  await described('post', '/tenants', 409, { id: 't' })
  await described('patch', '/tenants/t', 200, { subscribe: 'open', confirm_public: true })
  await described('patch', '/tenants/t', 400, { subscribe: 'shut' })
  await described('patch', '/tenants/nope', 404, { subscribe: 'token' })
  await described('delete', '/tenants/t', 204)
  await described('delete', '/tenants/t', 404)
})

it('sources', async () => {
  const source = { tenant: 'acme', provider: 'asgardeo', issuer: 'https://idp.acme.example' }
  const make = (status: number, id: string, auth: object, more: object = {}) =>
    described('post', '/sources', status, { ...source, id, auth, ...more })
  await make(201, 'bearer', { method: 'bearer' }, { max_age: 60, topic_prefix: 'its.' })
  await make(201, 'basic', { method: 'basic', username: 'wso2' })
  await make(201, 'header', { method: 'header', name: 'X-Key' })
  await make(201, 'near', { method: 'network', allow_from: ['127.0.0.1'] })
  const jwt = {
    ...{ method: 'jwt', issuer: source.issuer, audience: 'https://hub.acme.example' },
    jwks_url: 'http://127.0.0.1:1/jwks',
  }
  await make(201, 'tokens', jwt, { provider: 'set' })
  await make(409, 'overlapping', { method: 'bearer' }, { topic_prefix: 'its.own.' })
  await make(404, 'lost', { method: 'bearer' }, { tenant: 'nope' })
  await make(400, 'odd', { method: 'hmac' })
  await described('patch', '/sources/bearer', 200, { auth: { method: 'header', name: 'X-Key' } })
  await described('patch', '/sources/bearer', 400, {})
  await described('patch', '/sources/nope', 404, { disclose: [] })
  await described('post', '/sources/bearer/rotate', 200)
  await described('post', '/sources/bearer/rotate', 200, { secret: 'given-secret', overlap_seconds: 0 })
  await described('post', '/sources/near/rotate', 400)
  await described('post', '/sources/nope/rotate', 404)
  await described('delete', '/sources/bearer', 204)
  await described('delete', '/sources/bearer', 404)
})

it('subscribers', async () => {
  await described('post', '/subscribers', 201, { id: 'crm', tenant: 'acme', topics: ['user'] })
  await described('post', '/subscribers', 409, { id: 'crm', tenant: 'acme', topics: ['user'] })
  await described('post', '/subscribers', 404, { id: 'lost', tenant: 'nope', topics: ['user'] })
  await described('post', '/subscribers', 400, { id: 'odd', tenant: 'acme', topics: ['nope'] })
  await described('patch', '/subscribers/crm', 200, { topics: ['*'] })
  await described('patch', '/subscribers/crm', 400, { topics: ['nope'] })
  await described('patch', '/subscribers/nope', 404, { topics: ['*'] })
  await described('post', '/subscribers/crm/rotate', 200)
  await described('post', '/subscribers/crm/rotate', 200, { overlap_seconds: 0, expires_in_seconds: 60 })
  await described('post', '/subscribers/crm/rotate', 400, { expires_at: 'soon' })
  await described('post', '/subscribers/nope/rotate', 404)
  await described('delete', '/subscribers/crm', 204)
  await described('delete', '/subscribers/crm', 404)
})

it('deliveries', async () => {
  const { items } = (await described('get', '/deliveries?state=delivered', 200)) as {
    items: { id: string }[]
  }
  await described('post', `/deliveries/${items[0]?.id ?? ''}/retry`, 409)
  await described('post', '/deliveries/nope/retry', 404)
  receiver.reply(() => ({ status: 500 }))
  await hub.casdoor(casdoorLogin('refused'))
  const waiting = async () =>
    ((await described('get', '/deliveries?state=waiting', 200)) as { items: { id: string }[] }).items
  await until(async () => (await waiting()).length > 0)
  await described('post', `/deliveries/${(await waiting())[0]?.id ?? ''}/retry`, 202)
  receiver.reply(willing)
})

it('admins, and what they did', async () => {
  await described('post', '/admins', 201, { id: 'auditor', scopes: ['read'], expires_in_seconds: 60 })
  await described('post', '/admins', 409, { id: 'auditor', scopes: ['read'] })
  await described('post', '/admins', 400, { id: 'root', scopes: ['read'] })
  await described('get', '/admins', 200)
  await described('get', '/admins?limit=0', 400)
  await described('get', '/admins/auditor', 200)
  await described('get', '/admins/nope', 404)
  await described('delete', '/admins/auditor', 204)
  await described('delete', '/admins/auditor', 404)
  const { items } = await described('get', '/audit?actor=root&outcome=done', 200)
  expect(items).not.toEqual([])
  await described('get', '/audit?outcome=odd', 400)
})

it('the erasure of a person', async () => {
  const alice = { format: 'opaque', id: 'alice' }
  await described('post', '/subjects/erase', 200, { tenant: 'acme', sub_id: alice })
  await described('post', '/subjects/erase', 404, { tenant: 'nope', sub_id: alice })
  await described('post', '/subjects/erase', 400, { tenant: 'acme', sub_id: { format: 'email' } })
})

it('keys', async () => {
  const { items } = (await described('get', '/keys', 200)) as { items: { kid: string }[] }
  await described('post', '/keys/rotate', 200)
  await described('post', `/keys/${items[0]?.kid ?? ''}/revoke`, 200)
  await described('post', '/keys/nope/revoke', 404)
})

it('webhooks and their subscriptions', async () => {
  const make = (status: number, changes: object) =>
    described('post', '/webhooks', status, newWebhook(receiver.url('/other'), changes))
  const { id } = await make(202, { secret: undefined })
  await make(409, {})
  await make(404, { tenant: 'nope' })
  await make(400, { url: 'ftp://crm.example' })
  await described('patch', `/webhooks/${String(id)}`, 200, { name: 'ERP' })
  await described('patch', `/webhooks/${String(id)}`, 409, { url: webhook.url })
  await described('patch', `/webhooks/${String(id)}`, 202, { url: receiver.url('/moved') })
  await described('patch', `/webhooks/${String(id)}`, 400, {})
  await described('patch', '/webhooks/nope', 404, { name: 'ERP' })
  const [first] = webhook.subscriptions
  const subscription = `/subscriptions/${first?.id ?? ''}`
  await described('post', `${subscription}/test`, 202)
  await described('post', `/webhooks/${webhook.id}/test`, 202)
  await described('patch', subscription, 200, { paused: true })
  await described('patch', subscription, 400, { paused: 1 })
  await described('patch', '/subscriptions/nope', 404, { paused: true })
  await described('post', `${subscription}/test`, 409)
  await described('post', '/subscriptions/nope/test', 404)
  await described('post', '/webhooks/nope/test', 404)
  await described('post', `${subscription}/replay`, 409, { since: '2026-01-01' })
  await described('patch', subscription, 200, { paused: false })
  await described('post', `${subscription}/replay`, 202, { since: '2026-01-01' })
  await described('post', `${subscription}/replay`, 400, { since: 'ever' })
  await described('post', '/subscriptions/nope/replay', 404, { since: '2026-01-01' })
  await described('delete', subscription, 204)
  await described('delete', subscription, 404)
  await described('delete', `/webhooks/${webhook.id}`, 204)
  await described('delete', `/webhooks/${webhook.id}`, 404)
})
