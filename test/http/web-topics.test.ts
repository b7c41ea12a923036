/** Plain WebSub: topics that are pages of others, which the hub fetches when it is told that they changed. */
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PAUSE_MS } from '../../src/flow/ping.ts'
import type { TestHub } from '../support/hub.ts'
import { type Receiver, type Reply, startReceiver } from '../support/receiver.ts'
import { signature } from '../support/subscriptions.ts'
import { askFor, delivered, fetches, follow, ping, startOpenHub } from '../support/web-topics.ts'

let hub: TestHub
/** Where the pages are. */
let site: Receiver
let subscriber: Receiver
/** By target; what is not among them is a short text. */
const pages = new Map<string, Reply>()

beforeAll(async () => {
  hub = await startOpenHub()
  site = await startReceiver({
    script: ({ url }) =>
      pages.get(url) ?? { status: 200, headers: { 'Content-Type': 'text/plain' }, body: `page ${url}` },
  })
  subscriber = await startReceiver()
})
afterAll(async () => {
  await hub.close()
  await site.close()
  await subscriber.close()
})

const text = (body: string, headers: Record<string, string> = {}): Reply => ({
  status: 200,
  headers: { 'Content-Type': 'text/plain', ...headers },
  body,
})

/** A page with a subscriber of the same target. */
async function followed(target: string, changes: object = {}): Promise<string> {
  await follow(hub, site.url(target), subscriber.url(target), changes)
  return site.url(target)
}

/** Once no page waits to be fetched, what did not come will not come. */
async function settle(): Promise<void> {
  const target = `/behind-${Math.random()}`
  await ping(hub, { 'hub.url': await followed(target) }).expect(204)
  await delivered(subscriber, target, 1)
}

describe('a ping', () => {
  it('brings the page as it is, to who subscribed without a token', async () => {
    const topic = await followed('/plain')
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
    ['hub.topic[]', 'hub.topic[]=ONE&hub.topic[]=TWO'],
  ])('may name its pages by %s', async (what, form) => {
    const [one, two] = ['one', 'two'].map((name) => `/names-${name}?${encodeURIComponent(what)}`)
    for (const target of [one, two]) await followed(target ?? '')
    const filled = form
      .replaceAll('ONE', encodeURIComponent(site.url(one)))
      .replaceAll('TWO', encodeURIComponent(site.url(two)))
    await ping(hub, `hub.mode=publish&${filled}`).expect(204, '')
    await delivered(subscriber, one ?? '', 1)
    if (form.includes('TWO')) await delivered(subscriber, two ?? '', 1)
    expect(fetches(site, one ?? '')).toHaveLength(1)
  })

  it('may stand in the query', async () => {
    const topic = await followed('/in-the-query')
    await hub.http.post('/hub').query({ 'hub.mode': 'publish', 'hub.url': topic }).expect(204)
    await delivered(subscriber, '/in-the-query', 1)
  })

  it('of a page that nobody is subscribed to is 204, and fetches nothing', async () => {
    await ping(hub, { 'hub.url': site.url('/nobody') }).expect(204)
    await settle()
    expect(fetches(site, '/nobody')).toEqual([])
  })

  it('brings nothing to who has unsubscribed', async () => {
    const topic = await followed('/left')
    await follow(hub, topic, subscriber.url('/left'), { 'hub.mode': 'unsubscribe' }, 'ended')
    await ping(hub, { 'hub.url': topic }).expect(204)
    await settle()
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
    await settle()
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
    const topic = await followed(target)
    await ping(hub, { 'hub.url': [topic, bad()] }).expect(status)
    await ping(hub, { 'hub.url': [bad(), topic] }).expect(status)
    await settle()
    expect(fetches(site, target)).toEqual([])
  })

  it('because it brings content for a page', async () => {
    const topic = await followed('/content')
    await hub.http
      .post('/hub')
      .query({ 'hub.mode': 'publish', 'hub.topic': topic })
      .set('Content-Type', 'text/plain')
      .send('forged')
      .expect(403)
    await settle()
    expect(fetches(site, '/content')).toEqual([])
  })

  it('because it names more than a thousand', async () => {
    const many = Array.from({ length: 1001 }, (_, i) => site.url(`/${i}`))
    await ping(hub, { 'hub.url': many }).expect(400, /1000/)
    await ping(hub, { 'hub.url': many.slice(1) }).expect(204)
  })
})

describe('what is fetched', () => {
  it('comes byte for byte, with its type, and signed over these bytes', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i))
    const type = 'Image/X-Odd; charset="UTF-8" ;  q=1'
    pages.set('/binary', { status: 200, headers: { 'Content-Type': type }, body: bytes })
    const topic = await followed('/binary', { 'hub.secret': 'a secret' })
    await ping(hub, { 'hub.url': topic }).expect(204)
    const [got] = await delivered(subscriber, '/binary', 1)
    expect(got?.body.equals(bytes)).toBe(true)
    expect(got?.headers['content-type']).toBe(type)
    expect(got?.headers['x-hub-signature']).toBe(signature('a secret', bytes))
  })

  it('has no type where the page has none', async () => {
    pages.set('/untyped', { status: 200, body: 'x' })
    await ping(hub, { 'hub.url': await followed('/untyped') }).expect(204)
    const [got] = await delivered(subscriber, '/untyped', 1)
    expect(got?.headers['content-type']).toBe('application/octet-stream')
  })

  it('is sent again only when it has changed, in its bytes or its type', async () => {
    pages.set('/same', text('one'))
    const topic = await followed('/same')
    const again = async (page: Reply) => {
      const before = fetches(site, '/same').length
      pages.set('/same', page)
      await ping(hub, { 'hub.url': topic }).expect(204)
      await site.waitFor(() => fetches(site, '/same').length > before)
    }
    await again(text('one'))
    await delivered(subscriber, '/same', 1)
    await again(text('one'))
    await again(text('two'))
    await delivered(subscriber, '/same', 2)
    await again(text('two', { 'Content-Type': 'text/html' }))
    const got = await delivered(subscriber, '/same', 3)
    expect(got.map(({ body, headers }) => [body.toString(), headers['content-type']])).toEqual([
      ['one', 'text/plain'],
      ['two', 'text/plain'],
      ['two', 'text/html'],
    ])
  })

  it('is asked for only if it changed, by what its server says of it', async () => {
    const validators = { ETag: '"v1"', 'Last-Modified': 'Sat, 21 Nov 2026 06:00:00 GMT' }
    pages.set('/validated', text('one', validators))
    const topic = await followed('/validated')
    await ping(hub, { 'hub.url': topic }).expect(204)
    await delivered(subscriber, '/validated', 1)
    pages.set('/validated', { status: 304 })
    await ping(hub, { 'hub.url': topic }).expect(204)
    await site.waitFor(() => fetches(site, '/validated').length === 2)
    pages.set('/validated', text('two'))
    await ping(hub, { 'hub.url': topic }).expect(204)
    const got = await delivered(subscriber, '/validated', 2)
    expect(got.map(({ body }) => body.toString())).toEqual(['one', 'two'])
    const [first, ...later] = fetches(site, '/validated')
    expect(first?.headers).not.toHaveProperty('if-none-match')
    expect(first?.headers).not.toHaveProperty('if-modified-since')
    for (const { headers } of later) {
      expect(headers).toMatchObject({
        'if-none-match': '"v1"',
        'if-modified-since': validators['Last-Modified'],
      })
    }
  })

  it('comes to who subscribes anew, although it is as it was', async () => {
    const topic = await followed('/anew')
    await ping(hub, { 'hub.url': topic }).expect(204)
    await delivered(subscriber, '/anew', 1)
    await follow(hub, topic, subscriber.url('/anew'), { 'hub.mode': 'unsubscribe' }, 'ended')
    await followed('/anew')
    await ping(hub, { 'hub.url': topic }).expect(204)
    await delivered(subscriber, '/anew', 2)
  })

  it('is where the page went, under the name that was subscribed to', async () => {
    pages.set('/moved', { status: 301, headers: { Location: '/moved-to?a=1' } })
    pages.set('/moved-to?a=1', { status: 307, headers: { Location: site.url('/moved-on') } })
    const topic = await followed('/moved')
    await ping(hub, { 'hub.url': topic }).expect(204)
    const [got] = await delivered(subscriber, '/moved', 1)
    expect(got?.body.toString()).toBe('page /moved-on')
    expect(got?.headers.link).toContain(`<${topic}>; rel="self"`)
  })
})

describe('a burst of pings', () => {
  it('is one fetch', async () => {
    const topic = await followed('/burst')
    await Promise.all(Array.from({ length: 5 }, () => ping(hub, { 'hub.url': topic }).expect(204)))
    await delivered(subscriber, '/burst', 1)
    // Another fetch would not come earlier.
    await delay(PAUSE_MS + 200)
    expect(fetches(site, '/burst')).toHaveLength(1)
  })

  it('during a fetch is one more, and its content comes', async () => {
    const slow = Promise.withResolvers<undefined>()
    const target = '/slow'
    const topic = await followed(target)
    site.reply(async ({ url }) => {
      if (url !== target) return text(`page ${url}`)
      if (fetches(site, target).length > 1) return text('new')
      await slow.promise
      return text('old')
    })
    await ping(hub, { 'hub.url': topic }).expect(204)
    await site.waitFor(() => fetches(site, target).length === 1)
    for (let i = 0; i < 5; i += 1) await ping(hub, { 'hub.url': topic }).expect(204)
    slow.resolve(undefined)
    const got = await delivered(subscriber, target, 2)
    expect(got.map(({ body }) => body.toString())).toEqual(['old', 'new'])
    await delay(PAUSE_MS + 200)
    expect(fetches(site, target)).toHaveLength(2)
  })
})

describe('a page that cannot be had', () => {
  it('is tried again, and comes once it is there', async () => {
    const target = '/down'
    const topic = await followed(target)
    site.reply(({ url }) =>
      url === target && fetches(site, target).length < 3 ? { status: 503 } : text(`page ${url}`),
    )
    await ping(hub, { 'hub.url': topic }).expect(204)
    const [got] = await delivered(subscriber, target, 1)
    expect(got?.body.toString()).toBe('page /down')
    expect(fetches(site, target)).toHaveLength(3)
  })

  it('is given up, until the next ping', async () => {
    const target = '/gone'
    const topic = await followed(target)
    site.reply(({ url }) => (url === target ? { status: 404 } : text(`page ${url}`)))
    await ping(hub, { 'hub.url': topic }).expect(204)
    // Twice more, as the schedule says.
    await site.waitFor(() => fetches(site, target).length === 3)
    await settle()
    expect(fetches(site, target)).toHaveLength(3)
    site.reply(({ url }) => text(`page ${url}`))
    await ping(hub, { 'hub.url': topic }).expect(204)
    await delivered(subscriber, target, 1)
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
