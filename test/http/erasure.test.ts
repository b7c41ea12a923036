/** A person is erased: from events, deliveries, memories, topics, and from the file itself. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type AcmeHub, casdoorLogin, startAcme } from '../support/acme.ts'
import { as, auditOf } from '../support/admins.ts'
import { ADMIN_TOKEN } from '../support/hub.ts'
import { type Receiver, startReceiver, willing } from '../support/receiver.ts'
import { until } from '../support/until.ts'

interface Answer {
  complete: boolean
  removed: { events: number; deliveries: number; dropped: number; memories: number }
}

let ahead = 0
let hub: AcmeHub
let receiver: Receiver

beforeEach(async () => {
  ahead = 0
  hub = await startAcme({
    env: { SIGNET_RETRY_SCHEDULE: '1h,1h' },
    overrides: { clock: { now: () => Date.now() + ahead } },
  })
  receiver = await startReceiver()
  await hub.admin.post('/sources', {
    ...{ id: 'portal', tenant: 'acme', provider: 'json', issuer: 'https://portal.acme.example' },
    auth: { method: 'bearer', secret: 'portal-secret-0123456789' },
  })
})
afterEach(async () => {
  await hub.close()
  await receiver.close()
})

const erase = (sub_id: object, tenant = 'acme') =>
  hub.admin.post<Answer>('/subjects/erase', { tenant, sub_id })
const alice = { format: 'iss_sub', iss: 'https://portal.acme.example', sub: 'alice-7f3b' }
const bob = { ...alice, sub: 'bob-11aa' }

let sent = 0
/** @returns its `jti` */
async function told(sub_id: object): Promise<string> {
  sent += 1
  const answer = await hub.http
    .post('/in/portal')
    .set('Authorization', 'Bearer portal-secret-0123456789')
    .send({ id: `event-${sent}`, event: 'login/failed', sub_id, claims: { failure: { reason: 'locked' } } })
    .expect(202)
  return (answer.body as { events: { jti: string }[] }).events[0]?.jti ?? ''
}

const found = async (jti: string): Promise<number> =>
  (await as(hub, ADMIN_TOKEN, 'get', `/events/${jti}`)).status
/** Whatever stands in the store's files, deleted or not. */
const files = (): string =>
  readdirSync(hub.folder)
    .filter((name) => name.startsWith('signet.db'))
    .map((name) => readFileSync(join(hub.folder, name)).toString('latin1'))
    .join('\n')

describe('erasing', () => {
  it('removes what is kept of the person, drops what waits, and leaves others’ as it is', async () => {
    await hub.subscribe(receiver, { topic: '/login' })
    const delivered = await told(alice)
    await receiver.waitFor(() => receiver.deliveries().length === 1)
    receiver.reply((request) =>
      request.method === 'GET' ? willing(request) : { status: 503, body: 'alice?' },
    )
    const others = await told(bob)
    const waiting = await told({ format: 'complex', user: alice, session: { format: 'opaque', id: 's-1' } })
    await receiver.waitFor(() => receiver.deliveries().length >= 2)
    const { set } = await hub.admin.get<{ set: string }>(`/events/${delivered}`)
    // Where its jti stands: no other has this.
    const piece = set.split('.')[1]?.slice(60, 120) ?? ''
    expect(files()).toContain(piece)

    const { complete, removed } = await erase(alice)
    expect(complete).toBe(true)
    expect(removed).toMatchObject({ events: 2, memories: 0 })
    expect(removed.deliveries + removed.dropped).toBe(2)
    expect(removed.dropped).toBeGreaterThanOrEqual(1)
    expect([await found(delivered), await found(waiting), await found(others)]).toEqual([404, 404, 200])
    const { items } = await hub.admin.get<{ items: { jti: string }[] }>('/deliveries')
    expect(items.map(({ jti }) => jti)).toEqual([others])
    expect(files()).not.toContain(piece)
    const page = await hub.http
      .get('/topics/acme/login')
      .set('Authorization', `Bearer ${hub.token}`)
      .expect(200)
    const claims = Buffer.from(page.text.split('.')[1] ?? '', 'base64url').toString()
    expect(claims).toContain(others)
    // A repeat of what was erased brings it not back.
    sent -= 3
    await hub.http
      .post('/in/portal')
      .set('Authorization', 'Bearer portal-secret-0123456789')
      .send({
        id: `event-${sent + 1}`,
        event: 'login/failed',
        sub_id: alice,
        claims: { failure: { reason: 'locked' } },
      })
      .expect(200)
    sent += 3
  })

  it('leaves nothing in the file of what had gone before', async () => {
    const jti = await told(alice)
    const { set } = await hub.admin.get<{ set: string }>(`/events/${jti}`)
    const piece = set.split('.')[1]?.slice(60, 120) ?? ''
    ahead = 31 * 86_400_000
    await until(async () => (await found(jti)) === 404)
    await erase(alice)
    expect(files()).not.toContain(piece)
  })

  it('is noted without the person, and with what was removed', async () => {
    await told(alice)
    await erase(alice)
    await erase({ format: 'email', email: 'alice@acme.example' })
    const [again, first] = await auditOf(hub)
    expect(first).toMatchObject({
      action: 'POST /admin/v1/subjects/erase',
      detail: {
        set: { tenant: 'acme' },
        also: ['sub_id'],
        subject: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
        removed: { events: 1 },
      },
    })
    expect(again?.detail).toMatchObject({ removed: { events: 0 } })
    expect(JSON.stringify(await auditOf(hub))).not.toMatch(/alice/)
  })

  it('reaches what a source remembers: nothing is concluded from it any more', async () => {
    const update = (name: string, forbidden: boolean): string =>
      JSON.stringify({
        ...(JSON.parse(casdoorLogin(name)) as object),
        ...{
          action: 'update-user',
          user: 'admin',
          method: 'POST',
          requestUri: '/api/update-user?id=acme/alice',
        },
        object: JSON.stringify({ owner: 'acme', name: 'alice', id: 'alice-id', isForbidden: forbidden }),
        response: '{status:"ok", msg:""}',
      })
    const topics = async (name: string, forbidden: boolean) =>
      (await hub.casdoor(update(name, forbidden))).events.map(({ topic }) => topic)
    await hub.casdoor(update('one', false))
    expect(await topics('two', true)).toContain(hub.topic('/user/disabled'))
    const casdoorAlice = { format: 'iss_sub', iss: 'https://door.acme.example', sub: 'alice-id' }
    const { removed } = await erase(casdoorAlice)
    expect(removed.events).toBeGreaterThan(0)
    // Under the id, and under the name that the events told.
    expect(removed.memories).toBe(2)
    expect(await topics('three', false)).not.toContain(hub.topic('/user/enabled'))
  })

  it('is refused where nobody could be meant', async () => {
    const status = async (body: object) =>
      (await as(hub, ADMIN_TOKEN, 'post', '/subjects/erase', body)).status
    expect(await status({ tenant: 'nope', sub_id: alice })).toBe(404)
    expect(await status({ tenant: 'acme', sub_id: { ...alice, mail: 'x' } })).toBe(400)
    expect(await status({ tenant: 'acme', sub_id: { format: 'email', mail: 'x' } })).toBe(400)
    expect(await status({ tenant: 'acme', sub_id: { format: 'emial', email: 'a@b.example' } })).toBe(400)
    expect(await status({ tenant: 'acme', sub_id: 'alice' })).toBe(400)
    expect(await status({ tenant: 'acme', sub_id: { format: 'uri', uri: 'https://a.example/b' } })).toBe(200)
  })

  it('goes on by itself after a restart', async () => {
    const jtis = await Promise.all(Array.from({ length: 20 }, () => told(alice)))
    // Stopped in the middle, as like as not: whoever asked is answered, or cut off.
    const asked = erase(alice).catch(() => undefined)
    await until(async () => (await found(jtis[0] ?? '')) === 404)
    await hub.stop()
    await asked
    hub = await startAcme({ folder: hub.folder })
    for (const jti of jtis) await until(async () => (await found(jti)) === 404)
  })
})
