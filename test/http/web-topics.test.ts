/** Plain WebSub: topics that are pages of others, which the hub fetches when it is told that they changed. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestHub } from '../support/hub.ts'
import type { Receiver } from '../support/receiver.ts'
import { askFor, delivered, fetches, follow, ping, startWeb, type Web } from '../support/web-topics.ts'

let web: Web
let hub: TestHub
let site: Receiver
let subscriber: Receiver

beforeAll(async () => {
  web = await startWeb()
  ;({ hub, site, subscriber } = web)
})
afterAll(() => web.close())

describe('a ping', () => {
  it('brings the page as it is, to who subscribed without a token', async () => {
    const topic = await web.followed('/plain')
    const answer = await ping(hub, { 'hub.url': topic }).expect(204)
    expect(answer.text).toBe('')
    expect(answer.headers).not.toHaveProperty('content-type')
    const [got] = await delivered(subscriber, '/plain', 1)
    expect(got?.body.toString()).toBe('page /plain')
    expect(got?.headers['content-type']).toBe('text/plain')
    expect(got?.headers.link).toBe(`<${hub.url}/hub>; rel="hub", <${topic}>; rel="self"`)
    expect(got?.headers).not.toHaveProperty('x-hub-signature')
    expect(fetches(site, '/plain')[0]?.headers['user-agent']).toMatch(/^Signet\//)
  })

  it.each([
    ['hub.url', 'hub.url=ONE'],
    ['hub.topic', 'hub.topic=ONE'],
    ['both, the same', 'hub.topic=ONE&hub.url=ONE'],
    ['both', 'hub.topic=ONE&hub.url=TWO'],
    ['hub.url twice', 'hub.url=ONE&hub.url=TWO'],
    ['hub.url[]', 'hub.url[]=ONE&hub.url%5B%5D=TWO'],
    ['hub.url[0]', 'hub.url[0]=ONE&hub.url%5B1%5D=TWO'],
    ['hub.url, and an empty hub.topic', 'hub.url=ONE&hub.topic='],
    ['hub.topic[]', 'hub.topic[]=ONE&hub.topic[]=TWO'],
  ])('may name its pages by %s', async (what, form) => {
    const [one, two] = ['one', 'two'].map((name) => `/names-${name}?${encodeURIComponent(what)}`)
    for (const target of [one, two]) await web.followed(target ?? '')
    const filled = form
      .replaceAll('ONE', encodeURIComponent(site.url(one)))
      .replaceAll('TWO', encodeURIComponent(site.url(two)))
    await ping(hub, `hub.mode=publish&${filled}`).expect(204, '')
    await delivered(subscriber, one ?? '', 1)
    if (form.includes('TWO')) await delivered(subscriber, two ?? '', 1)
    expect(fetches(site, one ?? '')).toHaveLength(1)
  })

  it('may stand in the query', async () => {
    const topic = await web.followed('/in-the-query')
    await hub.http.post('/hub').query({ 'hub.mode': 'publish', 'hub.url': topic }).expect(204)
    await delivered(subscriber, '/in-the-query', 1)
  })

  it('of a page that nobody is subscribed to is 204, and fetches nothing', async () => {
    await ping(hub, { 'hub.url': site.url('/nobody') }).expect(204)
    await web.settle()
    expect(fetches(site, '/nobody')).toEqual([])
  })

  it('brings nothing to who has unsubscribed', async () => {
    const topic = await web.followed('/left')
    await follow(hub, topic, subscriber.url('/left'), { 'hub.mode': 'unsubscribe' }, 'ended')
    await ping(hub, { 'hub.url': topic }).expect(204)
    await web.settle()
    expect(fetches(site, '/left')).toEqual([])
  })

  it('keeps query and escapes of the page, and compares it as it is written', async () => {
    const odd = "/odd%2fpath/%7Euser;p=1?q=a%20b+c&q=&=x&%ff=%C3%A9'|"
    const topic = site.url(odd)
    await follow(hub, topic, subscriber.url('/odd'))
    await follow(hub, site.url('/odd%2Fpath'), subscriber.url('/other'))
    await ping(hub, { 'hub.url': topic }).expect(204)
    const [got] = await delivered(subscriber, '/odd', 1)
    expect(got?.headers.link).toContain(`<${topic}>; rel="self"`)
    await web.settle()
    expect(site.requests.filter(({ url }) => url.startsWith('/odd')).map(({ url }) => url)).toEqual([
      odd.replace("'", '%27'),
    ])
    expect(subscriber.deliveries().filter(({ url }) => url === '/other')).toEqual([])
  })
})

describe('a ping that is refused', () => {
  it.each([
    ['nothing', {}, 400],
    ['an empty URL', { 'hub.url': '' }, 400],
    ['a name', { 'hub.url': 'myorg.event.session' }, 400],
    ['a fragment', { 'hub.url': 'https://blog.example/#top' }, 404],
    ['a user name', { 'hub.url': 'https://me@blog.example/' }, 404],
  ])('with %s', async (_what, form, status) => {
    await ping(hub, form as Record<string, string>).expect(status, /^[A-Z].*\.\n$/)
  })

  it('because it is the hub’s own', async () => {
    await ping(hub, { 'hub.url': `${hub.url}/topics/acme` }).expect(403, /hub’s own/)
    await ping(hub, { 'hub.url': `${hub.url.toUpperCase()}/topics/acme` }).expect(404)
  })

  it.each([
    ['the hub’s own', () => `${hub.url}/topics/acme`, 403],
    ['none', () => 'mailto:me@blog.example', 400],
    ['none that is allowed', () => 'https://blog.example/#', 404],
  ])('together with all the others, when one is %s', async (what, bad, status) => {
    const target = `/beside?${encodeURIComponent(what)}`
    const topic = await web.followed(target)
    await ping(hub, { 'hub.url': [topic, bad()] }).expect(status)
    await ping(hub, { 'hub.url': [bad(), topic] }).expect(status)
    await web.settle()
    expect(fetches(site, target)).toEqual([])
  })

  it('because it brings content for a page', async () => {
    const topic = await web.followed('/content')
    await hub.http
      .post('/hub')
      .query({ 'hub.mode': 'publish', 'hub.topic': topic })
      .set('Content-Type', 'text/plain')
      .send('forged')
      .expect(403)
    await web.settle()
    expect(fetches(site, '/content')).toEqual([])
  })

  it('because it names more than a thousand', async () => {
    const many = Array.from({ length: 1001 }, (_, i) => site.url(`/${i}`))
    await ping(hub, { 'hub.url': many }).expect(400, /1000/)
    await ping(hub, { 'hub.url': many.slice(1) }).expect(204)
  })
})

describe('who may subscribe', () => {
  it('is anyone, and whoever has a token', async () => {
    await hub.admin.post('/tenants', { id: 'acme' })
    const { token } = await hub.admin.post<{ token: string }>('/subscribers', {
      id: 'siem',
      tenant: 'acme',
      topics: ['session'],
    })
    await askFor(hub, site.url('/token'), subscriber.url('/token'))
      .set('Authorization', `Bearer ${token}`)
      .expect(202)
    await askFor(hub, 'https://blog.example/#', subscriber.url('/token')).expect(401)
    await askFor(hub, `${hub.url}/topics/acme`, subscriber.url('/token')).expect(401)
    await subscriber.waitFor((requests) => requests.some(({ url }) => url.startsWith('/token')))
  })

  it('does not make the operator a tenant more', async () => {
    const { items } = await hub.admin.get<{ items: { id: string }[] }>('/tenants')
    expect(items.map(({ id }) => id)).not.toContain('.web')
    for (const asked of [
      hub.admin.get('/tenants/.web'),
      hub.admin.delete('/tenants/.web'),
      hub.admin.post('/tenants', { id: '.web' }),
      hub.admin.post('/subscribers', { id: 'intruder', tenant: '.web', topics: ['*'] }),
    ]) {
      await expect(asked).rejects.toThrow(/40[04]/)
    }
    const { items: theirs } = await hub.admin.get<{ items: unknown[] }>('/subscriptions?tenant=.web')
    expect(theirs.length).toBeGreaterThan(0)
  })
})
