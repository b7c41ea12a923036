/** The admin API's lists, page by page. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AcmeHub, casdoorLogin, startAcme } from '../support/acme.ts'
import { admin } from '../support/admin-api.ts'
import { newSubscriber } from '../support/resources.ts'

let hub: AcmeHub

beforeAll(async () => {
  hub = await startAcme()
})

afterAll(() => hub.close())

const ask = (method: 'get' | 'post', path: string, body?: object) => admin(hub, method, path, body)

describe('pages', () => {
  const ids = Array.from({ length: 7 }, (_, n) => `page-${n}`)

  beforeAll(async () => {
    for (const id of ids) await ask('post', '/subscribers', newSubscriber({ id })).expect(201)
    for (const id of ids) await hub.casdoor(casdoorLogin(id))
  })

  /** Every item, page by page, with something added between two pages. */
  async function pages<T>(path: string, added: (page: number) => Promise<unknown>): Promise<T[]> {
    const all: T[] = []
    let cursor = ''
    for (let page = 0; ; page += 1) {
      const answer = await ask('get', `${path}?limit=3${cursor}`).expect(200)
      const { items, next } = answer.body as { items: T[]; next: string | null }
      all.push(...items)
      if (next === null) return all
      expect(items).toHaveLength(3)
      cursor = `&cursor=${encodeURIComponent(next)}`
      await added(page)
    }
  }

  it('by id neither repeat nor leave out, while rows are added', async () => {
    const all = await pages<{ id: string }>('/subscribers', (page) =>
      ask('post', '/subscribers', newSubscriber({ id: `a-page-${page}` })).expect(201),
    )
    const seen = all.map(({ id }) => id).filter((id) => id.startsWith('page-'))
    expect(seen).toEqual(ids)
  })

  it('by time neither repeat nor leave out, while events arrive', async () => {
    const { items: before } = (await ask('get', '/events?limit=500').expect(200)).body as {
      items: { jti: string }[]
    }
    const all = await pages<{ jti: string }>('/events', (page) => hub.casdoor(casdoorLogin(`while ${page}`)))
    expect(all.map(({ jti }) => jti)).toEqual(before.map(({ jti }) => jti))
  })

  it('end where the items end', async () => {
    const all = (await ask('get', '/subscribers').expect(200)).body as { items: object[]; next: null }
    expect(all.next).toBeNull()
    const exact = await ask('get', `/subscribers?limit=${all.items.length}`).expect(200)
    expect(exact.body).toEqual(all)
  })

  it('may be of one tenant', async () => {
    await ask('post', '/tenants', { id: 'few' }).expect(201)
    await ask('post', '/subscribers', newSubscriber({ id: 'of-few', tenant: 'few' })).expect(201)
    const { items } = (await ask('get', '/subscribers?tenant=few').expect(200)).body as { items: object[] }
    expect(items).toMatchObject([{ id: 'of-few' }])
    for (const path of ['/sources', '/events', '/deliveries', '/subscriptions']) {
      expect((await ask('get', `${path}?tenant=few`).expect(200)).body).toEqual({ items: [], next: null })
    }
  })

  it.each(['limit=0', 'limit=501', 'limit=x', 'limit=', 'limit=1&limit=2', 'size=3', 'LIMIT=3'])(
    '?%s is refused',
    async (query) => {
      await ask('get', `/events?${query}`).expect(400)
    },
  )

  it('of tenants are of all: a filter that has no effect is refused', async () => {
    await ask('get', '/tenants?tenant=acme').expect(400)
  })
})
