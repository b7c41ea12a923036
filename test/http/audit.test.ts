/** Who did what, when and from where. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { as, auditOf, makeAdmin } from '../support/admins.ts'
import { ADMIN_TOKEN, startTestHub, type TestHub } from '../support/hub.ts'
import { until } from '../support/until.ts'

let hub: TestHub
let ahead: number

beforeEach(async () => {
  ahead = 0
  hub = await startTestHub({
    env: { SIGNET_RETENTION: '1h' },
    overrides: { clock: { now: () => Date.now() + ahead } },
  })
})
afterEach(() => hub.close())

describe('the audit log', () => {
  it('says of every change who made it, what it was, when, and from where', async () => {
    const token = await makeAdmin(hub, 'ops', ['read', 'write'])
    const before = Date.now()
    await as(hub, token, 'post', '/tenants', { id: 'acme', subscribe: 'open', confirm_public: true })
    await as(hub, token, 'patch', '/tenants/acme', { subscribe: 'token' })
    await as(hub, token, 'delete', '/tenants/acme')
    const [deleted, changed, made, first] = await auditOf(hub)
    expect(made).toMatchObject({
      ...{
        actor: 'ops',
        action: 'POST /admin/v1/tenants',
        target: 'acme',
        status: 201,
        address: '127.0.0.1',
      },
      detail: { set: { id: 'acme', subscribe: 'open', confirm_public: true } },
    })
    expect(Date.parse(made?.at ?? '')).toBeGreaterThanOrEqual(before)
    expect(changed).toMatchObject({ action: 'PATCH /admin/v1/tenants/{id}', target: 'acme', status: 200 })
    expect(deleted).toMatchObject({ action: 'DELETE /admin/v1/tenants/{id}', target: 'acme', status: 204 })
    expect(first).toMatchObject({ actor: 'root', action: 'POST /admin/v1/admins', target: 'ops' })
  })

  it('holds no secret, and no text that may hold one', async () => {
    await hub.admin.post('/tenants', { id: 'acme' })
    const secrets = ['door-secret-0123', 'hook-secret-0123', 'key-in-header-0123', 'query-secret-0123']
    await hub.admin.post('/sources', {
      ...{ id: 'door', tenant: 'acme', provider: 'casdoor', issuer: 'https://door.acme.example' },
      auth: { method: 'bearer', secret: secrets[0] },
    })
    await hub.admin.post('/webhooks', {
      ...{ tenant: 'acme', name: 'CRM', topics: ['user'], secret: secrets[1], verification: 'operator' },
      url: `https://crm.example/hook?key=${secrets[3] ?? ''}`,
      headers: { 'X-Api-Key': secrets[2] },
    })
    const { token } = await hub.admin.post<{ token: string }>('/subscribers', {
      ...{ id: 'siem', tenant: 'acme', topics: ['*'] },
    })
    const { auth } = await hub.admin.post<{ auth: { secret: string } }>('/sources/door/rotate', {})
    await hub.admin.post('/sources/door/rotate', { secret: 'given-secret-0123' })
    const text = JSON.stringify(await auditOf(hub))
    for (const secret of [...secrets, token, auth.secret, 'given-secret-0123', ADMIN_TOKEN]) {
      expect(text).not.toContain(secret)
    }
    // What the operator vouches for stands there.
    expect(await auditOf(hub)).toContainEqual(
      expect.objectContaining({
        action: 'POST /admin/v1/webhooks',
        detail: {
          set: { tenant: 'acme', topics: ['user'], verification: 'operator' },
          also: ['name', 'secret', 'url', 'headers'],
        },
      }),
    )
  })

  it('notes what was refused too, and nothing of what was only looked at', async () => {
    const token = await makeAdmin(hub, 'reader', ['read'])
    await as(hub, undefined, 'delete', '/tenants/acme')
    await as(hub, 'a-wrong-token-0123456789', 'get', '/tenants')
    await as(hub, token, 'post', '/tenants', { id: 'acme' })
    await as(hub, token, 'get', '/tenants')
    await as(hub, ADMIN_TOKEN, 'post', '/tenants', { id: 'A bad id', password: 'hunter2' })
    await as(hub, ADMIN_TOKEN, 'patch', '/tenants/acme', {})
    const refused = await auditOf(hub, '?outcome=refused')
    expect(refused.map(({ actor, action, target, status }) => [actor, action, target, status])).toEqual([
      ['root', 'PATCH /admin/v1/tenants/{id}', 'acme', 400],
      ['root', 'POST /admin/v1/tenants', null, 400],
      ['reader', 'POST /admin/v1/tenants', null, 403],
      [null, 'GET /admin/v1/tenants', null, 401],
      [null, 'DELETE /admin/v1/tenants/{id}', 'acme', 401],
    ])
    expect(JSON.stringify(refused)).not.toMatch(/wrong-token|hunter2|bad id/)
    expect((await auditOf(hub, '?outcome=done')).map(({ action }) => action)).toEqual([
      'POST /admin/v1/admins',
    ])
  })

  it('does not grow as fast as strangers ask', async () => {
    for (let n = 0; n < 100; n += 1) await as(hub, undefined, 'get', '/tenants')
    expect(await auditOf(hub)).toHaveLength(30)
    ahead += 10_000
    await as(hub, undefined, 'get', '/tenants')
    const [last] = await auditOf(hub)
    expect(last?.detail).toEqual({ left_out: 70 })
  })

  it('comes in pages, and is narrowed to an admin, a target, a time', async () => {
    const token = await makeAdmin(hub, 'ops', ['write'])
    await as(hub, token, 'post', '/tenants', { id: 'one' })
    await hub.admin.post('/tenants', { id: 'two' })
    const first = await hub.admin.get<{ items: object[]; next: string }>('/audit?limit=2')
    const second = await hub.admin.get<{ items: object[]; next: null }>(`/audit?limit=2&cursor=${first.next}`)
    expect([...first.items, ...second.items]).toEqual(await auditOf(hub))
    expect(second.next).toBeNull()
    const targets = async (query: string) => (await auditOf(hub, query)).map(({ target }) => target)
    expect(await targets('?actor=ops')).toEqual(['one'])
    expect(await targets('?target=two')).toEqual(['two'])
    expect(await targets('?actor=root&since=2020-01-01T00:00:00Z')).toEqual(['two', 'ops'])
    expect(await targets('?until=2020-01-01T00:00:00Z')).toEqual([])
    for (const query of ['?since=lately', '?outcome=both', '?who=ops', '?actor=a&actor=b', '?cursor=x']) {
      expect((await as(hub, ADMIN_TOKEN, 'get', `/audit${query}`)).status).toBe(400)
    }
  })

  it('is kept for as long as events are', async () => {
    await hub.admin.post('/tenants', { id: 'acme' })
    ahead = 3_500_000
    await hub.admin.post('/tenants', { id: 'later' })
    ahead = 3_700_000
    await until(async () => (await auditOf(hub)).length === 1)
    expect((await auditOf(hub))[0]?.target).toBe('later')
  })
})
