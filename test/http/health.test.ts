/** `/healthz` and `/readyz`, and what the doors answer while the store cannot be written. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openFile } from '../../src/store/index.ts'
import { type AcmeHub, CASDOOR_SECRET, casdoorLogin, startAcme } from '../support/acme.ts'
import { ADMIN_TOKEN } from '../support/hub.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'
import { formFor, isActive, post, settled, subscriptionsOf } from '../support/subscriptions.ts'

let hub: AcmeHub
let receiver: Receiver
let file: ReturnType<typeof openFile>
let ahead = 0

beforeAll(async () => {
  const clock = { now: () => Date.now() + ahead }
  hub = await startAcme({ overrides: { clock, openFile: (path) => (file = openFile(path)) } })
  receiver = await startReceiver()
})

afterAll(async () => {
  await hub.close()
  await receiver.close()
})

/** Asks anew: an answer is kept for a second. */
const ready = () => {
  ahead += 1_000
  return hub.http.get('/readyz')
}

const event = (name: string) =>
  hub.http
    .post('/in/casdoor')
    .set('Content-Type', 'application/json')
    .set('Authorization', `Bearer ${CASDOOR_SECRET}`)
    .send(casdoorLogin(name))

it('a hub that works is alive and ready', async () => {
  await hub.http.get('/healthz').expect(200, { status: 'ok' })
  await ready().expect(200, { status: 'ok' })
})

/** Faults of the machine, as SQLite tells them. */
const FAULTS: [what: string, code: RegExp, begin: () => void, mend: () => void][] = [
  [
    'read-only',
    /SQLITE_READONLY/,
    () => void file.pragma('query_only = 1'),
    () => void file.pragma('query_only = 0'),
  ],
  [
    'full',
    /SQLITE_FULL/,
    () => void file.pragma(`max_page_count = ${String(file.pragma('page_count', { simple: true }))}`),
    () => void file.pragma('max_page_count = 1073741823'),
  ],
]

describe.each(FAULTS)('a store that is %s', (what, code, begin, mend) => {
  const callback = () => receiver.url(`/${what}`)

  it('refuses with 503 and changes nothing', async () => {
    begin()
    try {
      const refusals = [
        await fill(() => event(`${what} ${Math.random()} ${'x'.repeat(2_000)}`)),
        await fill(() => post(hub, formFor(hub, `${callback()}?${'x'.repeat(1_900)}${Math.random()}`))),
      ]
      for (const refusal of refusals) {
        expect(refusal.headers['content-type']).toBe('text/plain; charset=utf-8')
        expect(Number(refusal.headers['retry-after'])).toBeGreaterThan(0)
        expect(refusal.text).toMatch(code)
      }
      const problem = await fill(() =>
        hub.http
          .post('/admin/v1/tenants')
          .set('Authorization', `Bearer ${ADMIN_TOKEN}`)
          .send({ id: `t-${'x'.repeat(40)}-${Math.floor(Math.random() * 1e9)}` }),
      )
      expect(problem.headers['content-type']).toBe('application/problem+json')
      expect(Number(problem.headers['retry-after'])).toBeGreaterThan(0)
      await hub.http.get('/healthz').expect(200)
    } finally {
      mend()
    }
  })

  it('is as it was once mended', async () => {
    await ready().expect(200, { status: 'ok' })
    await event(`${what}, mended`).expect(202)
    await post(hub, formFor(hub, callback())).expect(202)
    await settled(hub, callback(), isActive)
  })
})

/** Repeats what writes a little until there is no room for more. */
async function fill<T extends { status: number }>(write: () => PromiseLike<T>): Promise<T> {
  for (let n = 0; n < 100; n += 1) {
    const answer = await write()
    if (answer.status >= 300) {
      expect(answer.status).toBe(503)
      return answer
    }
  }
  throw new Error('the store was never full')
}

it('a store that cannot be written: not ready, and why; nothing accepted stays behind', async () => {
  const { items: before } = await hub.admin.get<{ items: unknown[] }>('/events?limit=500')
  file.pragma('query_only = 1')
  try {
    const answer = await ready().expect(503)
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
    expect(answer.body).toMatchObject({
      status: 'unavailable',
      reason: expect.stringMatching(/READONLY/) as string,
    })
    await event('never').expect(503)
    await post(hub, formFor(hub, receiver.url('/never'))).expect(503)
    const { items: after } = await hub.admin.get<{ items: unknown[] }>('/events?limit=500')
    expect(after).toEqual(before)
    expect(await subscriptionsOf(hub, receiver.url('/never'))).toEqual([])
  } finally {
    file.pragma('query_only = 0')
  }
  await ready().expect(200)
  // Refused is not accepted: the provider's next try is no repeat.
  await event('never').expect(202)
})
