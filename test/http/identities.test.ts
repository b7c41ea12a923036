/**
 * Every route, asked by every kind of identity: who is let in, and that nobody learns anything of a tenant that is not
 * theirs. The routes come from the description of the admin API and from the app itself.
 */
import { readFileSync } from 'node:fs'
import type { Response } from 'supertest'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeAdmin } from '../support/admins.ts'
import { ADMIN_TOKEN, startTestHub, type TestHub } from '../support/hub.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'
import { until } from '../support/until.ts'

const TENANTS = ['acme', 'globex'] as const
type Tenant = (typeof TENANTS)[number]
const MISSING = 'initech'
const otherThan = (tenant: Tenant): Tenant => (tenant === 'acme' ? 'globex' : 'acme')

let hub: TestHub
let receiver: Receiver
let ahead = 0

interface Identity {
  token?: string
  /** Of an admin. */
  scopes?: string[]
  /** Of a subscriber whose token is good. */
  tenant?: Tenant
}
const identities = new Map<string, Identity>()

const secretOf = (tenant: Tenant): string => `secret-of-${tenant}-0123456789`

async function populate(tenant: Tenant): Promise<void> {
  await hub.admin.post('/tenants', { id: tenant })
  await hub.admin.post('/sources', {
    ...{ id: `door-${tenant}`, tenant, provider: 'json', issuer: `https://idp.${tenant}.example` },
    auth: { method: 'bearer', secret: secretOf(tenant) },
  })
  await hub.admin.post('/webhooks', {
    ...{ tenant, name: `CRM of ${tenant}`, topics: ['*'], verification: 'operator' },
    url: receiver.url(`/hook-${tenant}`),
  })
  const subscriber = async (id: string, more: object = {}): Promise<string> => {
    const made = { id: `${id}-${tenant}`, tenant, topics: ['login'], ...more }
    return (await hub.admin.post<{ token: string }>('/subscribers', made)).token
  }
  identities.set(`a subscriber of ${tenant}`, { token: await subscriber('siem'), tenant })
  identities.set(`a subscriber of ${tenant} whose token ran out`, {
    token: await subscriber('late', { expires_in_seconds: 1 }),
  })
  const former = await subscriber('new')
  const { token } = await hub.admin.post<{ token: string }>(`/subscribers/new-${tenant}/rotate`, {
    overlap_seconds: 0,
  })
  identities.set(`a subscriber of ${tenant} with its new token`, { token, tenant })
  identities.set(`a subscriber of ${tenant} with its old token`, { token: former })
  identities.set(`a subscriber of ${tenant} that was deleted`, { token: await subscriber('gone') })
  await hub.admin.delete(`/subscribers/gone-${tenant}`)
  identities.set(`a source of ${tenant}`, { token: secretOf(tenant) })
  await hub.http
    .post(`/in/door-${tenant}`)
    .set('Authorization', `Bearer ${secretOf(tenant)}`)
    .send({
      ...{ id: `event-${tenant}`, event: 'login/failed', claims: { failure: { reason: 'locked' } } },
      sub_id: { format: 'email', email: `alice@${tenant}.example` },
    })
    .expect(202)
}

interface Operation {
  security?: [{ admin: string[] }]
  parameters?: { $ref: string }[]
}
let operations: { method: 'get' | 'post' | 'patch' | 'delete'; path: string; operation: Operation }[]

beforeAll(async () => {
  receiver = await startReceiver()
  hub = await startTestHub({ overrides: { clock: { now: () => Date.now() + ahead } } })
  for (const tenant of TENANTS) await populate(tenant)
  await receiver.waitFor(() => receiver.deliveries().length === TENANTS.length)

  identities.set('nobody', {})
  identities.set('a guesser', { token: 'a-guess-0123456789' })
  identities.set('root', { token: ADMIN_TOKEN, scopes: ['read', 'write', 'keys'] })
  for (const scopes of [['read'], ['write'], ['keys'], ['read', 'write'], ['read', 'write', 'keys']]) {
    const id = `admin-${scopes.join('-')}`
    identities.set(id, { token: await makeAdmin(hub, id, scopes), scopes })
  }
  const all = ['read', 'write', 'keys']
  const expired = await makeAdmin(hub, 'expired', all, { expires_in_seconds: 1 })
  identities.set('an admin whose token ran out', { token: expired })
  identities.set('an admin that was deleted', { token: await makeAdmin(hub, 'deleted', all) })
  await hub.admin.delete('/admins/deleted')
  ahead += 2_000

  const { paths } = await hub.admin.get<{ paths: Record<string, Record<string, Operation>> }>('/openapi.json')
  operations = Object.entries(paths).flatMap(([path, methods]) =>
    (['get', 'post', 'patch', 'delete'] as const).flatMap((method) => {
      const operation = methods[method]
      return operation === undefined ? [] : [{ method, path, operation }]
    }),
  )
})

afterAll(async () => {
  await hub.close()
  await receiver.close()
})

/** Wrong tokens are slowed down at the admin API: each has time enough here. */
async function ask(
  { token }: Identity,
  method: 'get' | 'head' | 'post' | 'patch' | 'delete',
  path: string,
  form?: Record<string, string>,
): Promise<Response> {
  ahead += 10_000
  const request = hub.http[method](path)
  if (token !== undefined) void request.set('Authorization', `Bearer ${token}`)
  return form === undefined ? request : request.type('form').send(form)
}

/** All that an answer says, but for when. */
function said({ status, headers, text }: Response): string {
  const { date: _, ...rest } = headers as Record<string, string>
  return JSON.stringify([status, rest, text])
}

/** What two answers have in common once each has lost the one name that its request bore. */
const without = (answer: Response, name: string): string => said(answer).replaceAll(name, '…')

describe('the admin API', () => {
  it('lets in whoever has the scopes that the operation declares, and nobody else', async () => {
    expect(operations.length).toBeGreaterThan(30)
    for (const [who, identity] of identities) {
      for (const { method, path, operation } of operations) {
        const { status, text } = await ask(identity, method, path.replace(/\{\w+\}/, 'any'))
        const asked = `${who}: ${method} ${path}: ${text}`
        const needed = operation.security?.[0].admin
        expect(needed, asked).toBeDefined()
        const missing = needed?.filter((scope) => identity.scopes?.includes(scope) !== true) ?? []
        if (identity.scopes === undefined) expect(status, asked).toBe(401)
        else if (missing.length > 0) expect(status, asked).toBe(403)
        else expect([200, 400, 404, 415], asked).toContain(status)
        if (status >= 400) for (const tenant of TENANTS) expect(text).not.toContain(tenant)
      }
    }
  })

  it('shows of one tenant nothing of another, whatever page is asked for', async () => {
    const lists = operations.filter(({ operation: { parameters = [] } }) =>
      parameters.some(({ $ref }) => $ref.endsWith('/tenant')),
    )
    expect(lists.length).toBeGreaterThanOrEqual(6)
    for (const { path } of lists) {
      for (const own of TENANTS) {
        const other = otherThan(own)
        const list = async (query: string) => (await ask(identityOf('root'), 'get', `${path}?${query}`)).text
        const ofOther = JSON.parse(await list(`tenant=${other}&limit=1`)) as { next: string | null }
        const cursor = ofOther.next === null ? '' : `&cursor=${ofOther.next}`
        for (const query of [`tenant=${own}`, `tenant=${own}&limit=1${cursor}`]) {
          expect(await list(query), `${path}?${query}`).not.toContain(other)
        }
      }
    }
  })
})

const identityOf = (who: string): Identity => identities.get(who) ?? {}

/** As the app has them: `get /topics/:tenant`. */
const publicRoutes = [
  ...readFileSync(new URL('../../src/http/app.ts', import.meta.url), 'utf8').matchAll(
    /router\.(get|post)\('([^']+)'/g,
  ),
].map(([, method = '', path = '']) => `${method} ${path}`)

const OPEN = [
  '/hub',
  '/.well-known/jwks.json',
  '/events',
  '/events/login/failed',
  '/healthz',
  '/readyz',
  '/metrics',
]
const TOPICS = ['', '/login', '/login/failed']

it('the public routes are these', () => {
  expect(publicRoutes.sort()).toEqual(
    [
      'post /hub',
      ...OPEN.map((path) => `get ${path.replace('/login/failed', '/:category/:event')}`),
      ...TOPICS.map(
        (path) => `get /topics/:tenant${path.replace('login', ':category').replace('failed', ':event')}`,
      ),
      'post /in/:source',
    ].sort(),
  )
})

describe('what anyone may read', () => {
  it('says nothing of tenants, and the same to everyone', async () => {
    for (const path of OPEN) {
      const answers = new Set<string>()
      for (const identity of identities.values()) {
        const answer = await ask(identity, 'get', path)
        expect(answer.status).toBe(200)
        for (const tenant of TENANTS) expect(said(answer), path).not.toContain(tenant)
        if (path !== '/metrics') answers.add(said(answer))
      }
      expect(answers.size, path).toBeLessThanOrEqual(1)
    }
  })
})

describe('a topic', () => {
  it('is read by its tenant’s subscribers, as far as they may; to all others it might not be there', async () => {
    for (const [who, identity] of identities) {
      for (const path of TOPICS) {
        for (const method of ['get', 'head'] as const) {
          const missing = await ask(identity, method, `/topics/${MISSING}${path}`)
          expect(missing.status).toBe(identity.tenant === undefined ? 401 : 404)
          for (const tenant of TENANTS) {
            const asked = `${who}: ${method} /topics/${tenant}${path}`
            const answer = await ask(identity, method, `/topics/${tenant}${path}`)
            if (tenant === identity.tenant) expect(answer.status, asked).toBe(path === '' ? 403 : 200)
            else expect(without(answer, tenant), asked).toBe(without(missing, MISSING))
          }
        }
      }
    }
  })

  it.each(['subscribe', 'unsubscribe', 'publish', 'register', 'deregister'])(
    'is asked to %s at the hub by its own alone; to all others it might not be there',
    async (mode) => {
      for (const [number, [who, identity]] of [...identities].entries()) {
        for (const path of TOPICS) {
          const form = (tenant: string) => ({
            'hub.mode': mode,
            'hub.topic': `${hub.url}/topics/${tenant}${path}`,
            'hub.callback': receiver.url(`/subscriber-${number}`),
          })
          const missing = await ask(identity, 'post', '/hub', form(MISSING))
          for (const tenant of TENANTS) {
            const asked = `${who}: ${mode} ${tenant}${path}`
            const answer = await ask(identity, 'post', '/hub', form(tenant))
            if (tenant === identity.tenant && mode.endsWith('subscribe')) {
              expect(answer.status, asked).toBe(path === '' ? 403 : 202)
            } else {
              expect(answer.status, asked).toBeGreaterThanOrEqual(400)
              expect(without(answer, tenant), asked).toBe(without(missing, MISSING))
            }
          }
        }
      }
    },
  )
})

it('a source takes in what is its own alone; to all others it might not be there', async () => {
  for (const [who, identity] of identities) {
    const missing = await ask(identity, 'post', `/in/door-${MISSING}`, { id: 'x' })
    expect(missing.status).toBe(401)
    for (const tenant of TENANTS) {
      const answer = await ask(identity, 'post', `/in/door-${tenant}`, { id: 'x' })
      if (identity.token === secretOf(tenant)) expect(answer.status).toBe(400)
      else expect(without(answer, tenant), who).toBe(without(missing, MISSING))
    }
  }
})

it('what is delivered is one’s own, and names nobody else', async () => {
  await until(() => Promise.resolve(receiver.deliveries().length >= TENANTS.length))
  for (const { url, body } of receiver.deliveries()) {
    const own = url.includes('acme') ? 'acme' : 'globex'
    const other = otherThan(own)
    const payload = Buffer.from(body.toString().split('.')[1] ?? '', 'base64url').toString()
    expect(payload).toContain(own)
    expect(payload).not.toContain(other)
  }
})
