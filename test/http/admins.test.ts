/** Admins beside root: tokens of their own, scopes, an end. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { as, makeAdmin } from '../support/admins.ts'
import { ADMIN_TOKEN, startTestHub, type TestHub } from '../support/hub.ts'

let hub: TestHub
let ahead: number

beforeEach(async () => {
  ahead = 0
  hub = await startTestHub({ overrides: { clock: { now: () => Date.now() + ahead } } })
  await hub.admin.post('/tenants', { id: 'acme' })
})
afterEach(() => hub.close())

const status = async (...asked: Parameters<typeof as>): Promise<number> => (await as(...asked)).status

describe('an admin', () => {
  it('may do what its scopes say, and nothing else', async () => {
    const [read, write, keys] = [
      await makeAdmin(hub, 'reader', ['read']),
      await makeAdmin(hub, 'writer', ['write']),
      await makeAdmin(hub, 'keeper', ['keys']),
    ]
    const new1 = { id: 'new' }
    expect(await status(hub, read, 'get', '/tenants')).toBe(200)
    expect(await status(hub, write, 'get', '/tenants')).toBe(403)
    expect(await status(hub, keys, 'get', '/tenants')).toBe(403)
    expect(await status(hub, read, 'post', '/tenants', new1)).toBe(403)
    expect(await status(hub, keys, 'post', '/tenants', new1)).toBe(403)
    expect(await status(hub, write, 'post', '/tenants', new1)).toBe(201)
    expect(await status(hub, write, 'post', '/keys/rotate')).toBe(403)
    expect(await status(hub, keys, 'post', '/keys/rotate')).toBe(200)
    const refused = await as(hub, read, 'delete', '/tenants/acme')
    expect(refused.body).toMatchObject({ status: 403, detail: expect.stringContaining('write') as string })
    await hub.admin.get('/tenants/acme')
  })

  it('makes and deletes admins with all scopes alone', async () => {
    const most = await makeAdmin(hub, 'most', ['read', 'write'])
    const all = await makeAdmin(hub, 'all', ['read', 'write', 'keys'])
    const made = { id: 'made', scopes: ['keys'] }
    expect(await status(hub, most, 'post', '/admins', made)).toBe(403)
    expect(await status(hub, most, 'delete', '/admins/all')).toBe(403)
    expect(await status(hub, all, 'post', '/admins', made)).toBe(201)
    expect(await status(hub, all, 'delete', '/admins/most')).toBe(204)
    expect(await status(hub, most, 'get', '/tenants')).toBe(401)
  })

  it('is let in until its token ends, as is said in either way', async () => {
    const soon = await makeAdmin(hub, 'soon', ['read'], { expires_in_seconds: 60 })
    const at = new Date(Date.now() + 120_000).toISOString()
    const later = await makeAdmin(hub, 'later', ['read'], { expires_at: at })
    expect((await hub.admin.get('/admins/later')).expires_at).toBe(at)
    expect(await status(hub, soon, 'get', '/tenants')).toBe(200)
    ahead = 61_000
    expect(await status(hub, soon, 'get', '/tenants')).toBe(401)
    expect(await status(hub, later, 'get', '/tenants')).toBe(200)
    ahead = 121_000
    expect(await status(hub, later, 'get', '/tenants')).toBe(401)
  })

  it.each([
    [{ expires_at: '2020-01-01T00:00:00Z' }, /not a time to come/],
    [{ expires_at: 'tomorrow' }, /not a time to come/],
    [{ expires_at: '2999-01-01T00:00:00Z', expires_in_seconds: 60 }, /given twice/],
    [{ expires_in_seconds: 0 }, /expires_in_seconds/],
    [{ scopes: ['all'] }, /scopes/],
    [{ scopes: [] }, /scopes/],
    [{ id: 'root' }, /id/],
    [{ id: 'machine' }, /id/],
  ])('is not made of %j', async (changes, why) => {
    const answer = await as(hub, ADMIN_TOKEN, 'post', '/admins', { id: 'odd', scopes: ['read'], ...changes })
    expect(answer.status).toBe(400)
    expect(answer.text).toMatch(why)
  })

  it('is shown without its token', async () => {
    const token = await makeAdmin(hub, 'reader', ['read'])
    for (const path of ['/admins', '/admins/reader']) {
      const text = JSON.stringify(await hub.admin.get(path))
      expect(text).toContain('reader')
      expect(text).not.toContain(token)
      expect(text).not.toMatch(/hash/)
    }
  })
})

describe('wrong tokens', () => {
  it('are answered 429 after a few, and so is a right one, until they are made up for', async () => {
    const wrong = (n: number) => as(hub, `wrong-token-${n}-0123456789`, 'get', '/tenants')
    for (let n = 0; n < 10; n += 1) expect((await wrong(n)).status).toBe(401)
    const slowed = await wrong(10)
    expect(slowed.status).toBe(429)
    expect(Number(slowed.headers['retry-after'])).toBeGreaterThan(0)
    expect(Number(slowed.headers['retry-after'])).toBeLessThanOrEqual(10)
    expect(await status(hub, ADMIN_TOKEN, 'get', '/tenants')).toBe(429)
    ahead += 10_000
    expect(await status(hub, ADMIN_TOKEN, 'get', '/tenants')).toBe(200)
    // Having been right makes nothing up.
    expect((await wrong(11)).status).toBe(401)
    expect((await wrong(12)).status).toBe(429)
  })

  it('are none where there is no token', async () => {
    for (let n = 0; n < 30; n += 1) expect(await status(hub, undefined, 'get', '/tenants')).toBe(401)
    expect(await status(hub, ADMIN_TOKEN, 'get', '/tenants')).toBe(200)
  })
})
