/** Deleting takes effect at once, and takes with it what cannot be without it. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type AcmeHub, casdoorLogin, startAcme } from '../support/acme.ts'
import { admin } from '../support/admin-api.ts'
import { type Receiver, startReceiver, willing } from '../support/receiver.ts'
import { deliveriesTo, formFor, isActive, post, settled } from '../support/subscriptions.ts'
import { until } from '../support/until.ts'

let hub: AcmeHub
let receiver: Receiver
let ahead: number

beforeEach(async () => {
  ahead = 0
  const clock = { now: () => Date.now() + ahead }
  hub = await startAcme({ env: { SIGNET_RETRY_SCHEDULE: '1h' }, overrides: { clock } })
  receiver = await startReceiver()
})

afterEach(async () => {
  await hub.close()
  await receiver.close()
})

const countOf = async (kind: string, tenant: string): Promise<number> => {
  const { items } = await hub.admin.get<{ items: unknown[] }>(`/${kind}?tenant=${tenant}`)
  return items.length
}

describe('deleting a tenant', () => {
  it('ends everything of it: nothing queued goes out, nobody gets in', async () => {
    await hub.admin.post('/tenants', { id: 'other' })
    await hub.admin.post('/sources', {
      id: 'other-door',
      tenant: 'other',
      provider: 'casdoor',
      issuer: 'https://door.other.example',
      auth: { method: 'bearer', secret: 'other-door-secret' },
    })
    const { token } = await hub.admin.post<{ token: string }>('/subscribers', {
      id: 'other-siem',
      tenant: 'other',
      topics: ['*'],
    })
    const topic = `${hub.url}/topics/other/login/succeeded`
    await post(hub, formFor(hub, receiver.url('/other'), { 'hub.topic': topic }), token).expect(202)
    await settled(hub, receiver.url('/other'), isActive)
    await post(hub, formFor(hub, receiver.url('/acme'))).expect(202)
    await settled(hub, receiver.url('/acme'), isActive)

    const otherLogin = (name: string) =>
      hub.http
        .post('/in/other-door')
        .set('Authorization', 'Bearer other-door-secret')
        .send(casdoorLogin(name))
    receiver.reply((request) => (request.url === '/other' ? { status: 503 } : willing(request)))
    await otherLogin('queued').expect(202)
    await receiver.waitFor(() => deliveriesTo(receiver, '/other').length === 1)
    receiver.reply(willing)

    await hub.admin.delete('/tenants/other')
    for (const kind of ['sources', 'subscribers', 'subscriptions', 'events', 'deliveries']) {
      expect(await countOf(kind, 'other')).toBe(0)
    }
    await otherLogin('late').expect(401)
    await post(hub, formFor(hub, receiver.url('/other'), { 'hub.topic': topic }), token).expect(401)
    await hub.http.get('/topics/other').set('Authorization', `Bearer ${token}`).expect(401)

    // The retry's hour comes, and an event of the tenant that stays is sent.
    ahead += 3_600_000
    await hub.casdoor(casdoorLogin('stays'))
    await receiver.waitFor(() => deliveriesTo(receiver, '/acme').length === 2)
    expect(deliveriesTo(receiver, '/other')).toHaveLength(1)
  })

  it('frees its id: the next of that name begins with nothing', async () => {
    await hub.casdoor(casdoorLogin('of the first'))
    await hub.admin.delete('/tenants/acme')
    await hub.admin.post('/tenants', { id: 'acme' })
    expect(await countOf('events', 'acme')).toBe(0)
    await hub.http.get('/topics/acme/login').set('Authorization', `Bearer ${hub.token}`).expect(401)
  })
})

describe('deleting a tenant with much in it', () => {
  it('answers at once, tells the callbacks, and goes on until its id is free, after a restart too', async () => {
    await hub.admin.post('/sources', {
      ...{ id: 'portal', tenant: 'acme', provider: 'json', issuer: 'https://portal.acme.example' },
      auth: { method: 'bearer', secret: 'the-portal-knows-this' },
    })
    await post(hub, formFor(hub, receiver.url('/acme'))).expect(202)
    await settled(hub, receiver.url('/acme'), isActive)
    const failed = {
      event: 'login/failed',
      sub_id: { format: 'iss_sub', iss: 'https://portal.acme.example', sub: 'u1' },
      claims: { failure: { reason: 'locked' }, user: { id: 'u1' } },
    }
    receiver.reply((request) => (request.method === 'POST' ? { status: 503 } : willing(request)))
    for (let n = 0; n < 1_200; n += 400) {
      await hub.http
        .post('/in/portal')
        .set('Authorization', 'Bearer the-portal-knows-this')
        .send(Array.from({ length: 400 }, (_, at) => ({ ...failed, id: `event-${n + at}` })))
        .expect(202)
    }
    await hub.admin.delete('/tenants/acme')
    for (const kind of ['sources', 'subscribers', 'subscriptions', 'events', 'deliveries', 'tenants']) {
      expect(await hub.admin.get(`/${kind}?limit=500`)).toMatchObject({ items: [] })
    }
    await hub.http.get('/topics/acme').set('Authorization', `Bearer ${hub.token}`).expect(401)
    await receiver.waitFor((requests) => requests.some(({ url }) => url.includes('hub.mode=denied')))
    await hub.stop()
    hub = await startAcme({ folder: hub.folder })
    const make = () => admin(hub, 'post', '/tenants', { id: 'acme' })
    await until(
      async () => {
        const { status, text } = await make()
        if (status === 409) expect(text).toContain('The tenant of that id is still being removed; ')
        return status === 201
      },
      { timeoutMs: 14_000 },
    )
  })
})

describe('deleting a subscriber', () => {
  it('ends its subscriptions, asked for or active, and its token', async () => {
    const { token } = await hub.admin.post<{ token: string }>('/subscribers', {
      id: 'crm',
      tenant: 'acme',
      topics: ['*'],
    })
    await post(hub, formFor(hub, receiver.url('/active')), token).expect(202)
    await settled(hub, receiver.url('/active'), isActive)
    const { promise: answered, resolve: answer } = Promise.withResolvers<undefined>()
    receiver.reply(async (request) => {
      await answered
      return willing(request)
    })
    await post(hub, formFor(hub, receiver.url('/pending')), token).expect(202)
    await receiver.waitFor((requests) => requests.some(({ url }) => url.startsWith('/pending')))

    await hub.admin.delete('/subscribers/crm')
    answer(undefined)
    receiver.reply(willing)
    for (const target of ['/active', '/pending']) {
      const ended = await settled(hub, receiver.url(target), ({ state }) => state === 'ended')
      expect(ended.ended_why).toBe('its subscriber was deleted')
    }
    await post(hub, formFor(hub, receiver.url('/active')), token).expect(401)

    // Its callback's late yes changes nothing.
    await post(hub, formFor(hub, receiver.url('/behind'))).expect(202)
    await settled(hub, receiver.url('/behind'), isActive)
    await hub.casdoor(casdoorLogin('after'))
    await receiver.waitFor(() => deliveriesTo(receiver, '/behind').length === 2)
    expect(receiver.deliveries()).toHaveLength(2)
    await until(async () => (await countOf('deliveries', 'acme')) === 2)
  })
})
