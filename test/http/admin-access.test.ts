/** The admin API's door, and its description. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { shippedAdminApi } from '../../src/catalogue/admin-api.ts'
import { adminRouter } from '../../src/http/admin/index.ts'
import type { AdminParts } from '../../src/http/admin/parts.ts'
import { ADMIN_TOKEN, startTestHub, type TestHub } from '../support/hub.ts'

interface Description {
  paths: Record<string, Record<string, { responses?: Record<string, unknown> }>>
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const

let hub: TestHub
let routes: { method: (typeof METHODS)[number]; path: string }[]

/** Wrong tokens are slowed down: each of them has time enough here. */
let ahead = 0

beforeAll(async () => {
  hub = await startTestHub({ overrides: { clock: { now: () => Date.now() + ahead } } })
  const { paths } = await hub.admin.get<Description & Record<string, unknown>>('/openapi.json')
  routes = Object.entries(paths).flatMap(([path, operations]) =>
    METHODS.filter((method) => method in operations).map((method) => ({ method, path })),
  )
})

afterAll(() => hub.close())

describe('every route that is described', () => {
  it.each([
    ['no token', undefined],
    ['another token', 'Bearer not-the-admin-token'],
    ['another scheme', `Basic ${ADMIN_TOKEN}`],
    ['a part of the token', `Bearer ${ADMIN_TOKEN.slice(0, -1)}`],
  ])('is 401 with %s', async (_what, authorization) => {
    expect(routes.length).toBeGreaterThan(15)
    for (const { method, path } of routes) {
      const request = hub.http[method](path.replace(/\{\w+\}/, 'any'))
      ahead += 10_000
      if (authorization !== undefined) void request.set('Authorization', authorization)
      const answer = await request.expect(401)
      expect(answer.headers['content-type']).toBe('application/problem+json')
      expect(answer.headers['www-authenticate']).toMatch(/^Bearer/)
      expect(answer.headers['cache-control']).toBe('no-store')
      expect(answer.body).toMatchObject({ type: 'about:blank', title: 'Unauthorized', status: 401 })
    }
  })

  it('is there, with the token', async () => {
    for (const { method, path } of routes) {
      const answer = await hub.http[method](path.replace(/\{\w+\}/, 'any')).set(
        'Authorization',
        `Bearer ${ADMIN_TOKEN}`,
      )
      expect([200, 404, 415]).toContain(answer.status)
      if (answer.status === 404) expect(answer.text).toMatch(/nothing of that id|no signing key/)
    }
  })

  it('is served under no other method', async () => {
    const paths = [...new Set(routes.map(({ path }) => path))]
    for (const path of paths) {
      const described = routes.filter((route) => route.path === path).map(({ method }) => method)
      const allowed = described.flatMap((method) =>
        method === 'get' ? ['GET', 'HEAD'] : method.toUpperCase(),
      )
      for (const method of METHODS.filter((other) => !described.includes(other))) {
        const answer = await hub.http[method](path.replace(/\{\w+\}/, 'any'))
          .set('Authorization', `Bearer ${ADMIN_TOKEN}`)
          .expect(405)
        expect((answer.headers.allow ?? '').split(', ').sort()).toEqual(allowed.sort())
      }
    }
  })
})

it('every route of the app is described', () => {
  const nothing = { tenants: {}, sources: {}, subscribers: {}, subscriptions: {}, events: {}, deliveries: {} }
  const { stack } = adminRouter({ registry: nothing, api: shippedAdminApi() } as unknown as AdminParts)
  const served = stack.flatMap((layer) =>
    layer.methods
      .filter((method) => method !== 'HEAD')
      .map((method) => `${method.toLowerCase()} ${String(layer.path).replace(/:(\w+)/, '{$1}')}`),
  )
  expect(served.sort()).toEqual(routes.map(({ method, path }) => `${method} ${path}`).sort())
})
