/** `/topics/…`: discovery (WebSub §4) for everyone, the latest SET for those who may read it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AcmeHub, casdoorLogin, fixture, startAcme } from '../support/acme.ts'
import { verifySet } from '../support/verify-set.ts'

let hub: AcmeHub
let narrow: string
let stranger: string

beforeAll(async () => {
  hub = await startAcme()
  await hub.admin.post('/tenants', { id: 'other' })
  await hub.admin.post('/tenants', { id: 'plaza', subscribe: 'open', confirm_public: true })
  const made = async (id: string, tenant: string, topics: string[]) =>
    (await hub.admin.post<{ token: string }>('/subscribers', { id, tenant, topics })).token
  narrow = await made('narrow', 'acme', ['login/failed'])
  stranger = await made('stranger', 'other', ['*'])
  await hub.casdoor(casdoorLogin('first'))
  await hub.casdoor(casdoorLogin('second'))
})

afterAll(() => hub.close())

const read = (path: string, token?: string, method: 'get' | 'head' = 'get') => {
  const request = hub.http[method](path)
  return token === undefined ? request : request.set('Authorization', `Bearer ${token}`)
}

const links = (path: string) => `<${hub.url}/hub>; rel="hub", <${hub.url}${path}>; rel="self"`

describe.each(['get', 'head'] as const)('%s', (method) => {
  it.each<[status: number, path: string, token: () => string | undefined]>([
    [200, '/topics/acme/login', () => hub.token],
    [204, '/topics/acme/user', () => hub.token],
    [204, '/topics/plaza', () => undefined],
    [401, '/topics/acme', () => undefined],
    [401, '/topics/nowhere', () => undefined],
    [401, '/topics/acme', () => 'not-a-token'],
    [403, '/topics/acme', () => narrow],
    [404, '/topics/acme', () => stranger],
    [404, '/topics/acme/login/nonsense', () => hub.token],
  ])('%i for %s says where the hub is', async (status, path, token) => {
    const answer = await read(path, token(), method).expect(status)
    expect(answer.headers.link).toBe(links(path))
    expect(answer.headers['cache-control']).toBe('no-store')
    if (method === 'head') expect(answer.text).toBeFalsy()
  })
})

it('GET and HEAD have the same headers', async () => {
  const [got, asked] = await Promise.all([
    read('/topics/acme/login', hub.token),
    read('/topics/acme/login', hub.token, 'head'),
  ])
  const names = ['content-type', 'content-length', 'link', 'cache-control'] as const
  for (const name of names) expect(asked.headers[name]).toBe(got.headers[name])
})

describe('the latest SET', () => {
  it.each(['/login/succeeded', '/login', ''])('of "%s" is the newest that it carried', async (path) => {
    const page = await read(`/topics/acme${path}`, hub.token).buffer(true).parse(asText).expect(200)
    expect(page.headers['content-type']).toBe('application/secevent+jwt')
    const { payload } = await verifySet(hub, page.body as string, hub.topic(path))
    const { items } = await hub.admin.get<{ items: { jti: string; category: string }[] }>('/events')
    const carried = items.filter(({ category }) => path === '' || category === 'login')
    expect(payload.jti).toBe(carried[0]?.jti)
  })

  it('takes a new one as soon as it is accepted', async () => {
    const { events } = await hub.logto(fixture('logto/User.SuspensionStatus.Updated.json'))
    expect(events.map(({ topic }) => topic)).toEqual([hub.topic('/user/disabled')])
    const page = await read('/topics/acme', hub.token).buffer(true).parse(asText).expect(200)
    const { payload } = await verifySet(hub, page.body as string, hub.topic())
    expect(payload.jti).toBe(events[0]?.jti)
  })

  it('is for those who may subscribe', async () => {
    const refused = await read('/topics/acme/login', narrow).expect(403)
    expect(refused.text).not.toContain('.ey')
  })
})

it('another tenant’s topic answers exactly as one that does not exist', async () => {
  const foreign = await read('/topics/acme/login', stranger).expect(404)
  const missing = await read('/topics/nowhere/login', stranger).expect(404)
  expect(foreign.text).toBe(missing.text)
})

it.each(['/topics/acme/', '/topics/%61cme', '/topics/ACME', '/topics/acme/login/succeeded/more'])(
  '%s is no topic',
  async (path) => {
    expect((await read(path, hub.token)).status).toBe(404)
  },
)

it('a query is no part of the topic', async () => {
  const answer = await read('/topics/acme/login?x=1', hub.token).expect(200)
  expect(answer.headers.link).toBe(links('/topics/acme/login'))
})

type Parser = Parameters<ReturnType<typeof read>['parse']>[0]

const asText: Parser = (response, done) => {
  let text = ''
  response.on('data', (chunk: Buffer) => (text += chunk.toString()))
  response.on('end', () => done(null, text))
}
