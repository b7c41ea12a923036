/** Topics that are pages: what is fetched of them, and what of it is sent. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestHub } from '../support/hub.ts'
import type { Receiver, Reply } from '../support/receiver.ts'
import { signature } from '../support/subscriptions.ts'
import { delivered, fetches, follow, ping, startWeb, textPage, type Web } from '../support/web-topics.ts'

let web: Web
let hub: TestHub
let site: Receiver
let subscriber: Receiver

beforeAll(async () => {
  web = await startWeb()
  ;({ hub, site, subscriber } = web)
})
afterAll(() => web.close())

describe('what is fetched', () => {
  it('comes byte for byte, with its type, and signed over these bytes', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i))
    const type = 'Image/X-Odd; charset="UTF-8" ;  q=1'
    web.pages.set('/binary', { status: 200, headers: { 'Content-Type': type }, body: bytes })
    const topic = await web.followed('/binary', { 'hub.secret': 'a secret' })
    await ping(hub, { 'hub.url': topic }).expect(204)
    const [got] = await delivered(subscriber, '/binary', 1)
    expect(got?.body.equals(bytes)).toBe(true)
    expect(got?.headers['content-type']).toBe(type)
    expect(got?.headers['x-hub-signature']).toBe(signature('a secret', bytes))
  })

  it('has no type where the page has none', async () => {
    web.pages.set('/untyped', { status: 200, body: 'x' })
    await ping(hub, { 'hub.url': await web.followed('/untyped') }).expect(204)
    const [got] = await delivered(subscriber, '/untyped', 1)
    expect(got?.headers['content-type']).toBe('application/octet-stream')
  })

  it('is sent again only when it has changed, in its bytes or its type', async () => {
    web.pages.set('/same', textPage('one'))
    const topic = await web.followed('/same')
    const again = async (page: Reply) => {
      const before = fetches(site, '/same').length
      web.pages.set('/same', page)
      await ping(hub, { 'hub.url': topic }).expect(204)
      await site.waitFor(() => fetches(site, '/same').length > before)
    }
    await again(textPage('one'))
    await delivered(subscriber, '/same', 1)
    await again(textPage('one'))
    await again(textPage('two'))
    await delivered(subscriber, '/same', 2)
    await again(textPage('two', { 'Content-Type': 'text/html' }))
    const got = await delivered(subscriber, '/same', 3)
    expect(got.map(({ body, headers }) => [body.toString(), headers['content-type']])).toEqual([
      ['one', 'text/plain'],
      ['two', 'text/plain'],
      ['two', 'text/html'],
    ])
  })

  it('is asked for only if it changed, by what its server says of it', async () => {
    const validators = { ETag: '"v1"', 'Last-Modified': 'Sat, 21 Nov 2026 06:00:00 GMT' }
    web.pages.set('/validated', textPage('one', validators))
    const topic = await web.followed('/validated')
    await ping(hub, { 'hub.url': topic }).expect(204)
    await delivered(subscriber, '/validated', 1)
    web.pages.set('/validated', { status: 304 })
    await ping(hub, { 'hub.url': topic }).expect(204)
    await site.waitFor(() => fetches(site, '/validated').length === 2)
    web.pages.set('/validated', textPage('two'))
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

  it('changed within the second that its server counts in is sent', async () => {
    const changedAt = new Date(Date.now()).toUTCString()
    let body = 'one'
    // As a file server does that knows no more than the time.
    const target = '/in-a-second'
    web.pages.set(target, ({ headers }) =>
      headers['if-modified-since'] === changedAt
        ? { status: 304 }
        : textPage(body, { 'Last-Modified': changedAt }),
    )
    const topic = await web.followed(target)
    await ping(hub, { 'hub.url': topic }).expect(204)
    await delivered(subscriber, target, 1)
    body = 'two'
    await ping(hub, { 'hub.url': topic }).expect(204)
    const got = await delivered(subscriber, target, 2)
    expect(got.map((each) => each.body.toString())).toEqual(['one', 'two'])
  })

  it('comes from its server, not from a cache on the way', async () => {
    await ping(hub, { 'hub.url': await web.followed('/cached') }).expect(204)
    await delivered(subscriber, '/cached', 1)
    expect(fetches(site, '/cached')[0]?.headers['cache-control']).toBe('no-cache')
  })

  it('comes to who subscribes anew, although it is as it was', async () => {
    const topic = await web.followed('/anew')
    await ping(hub, { 'hub.url': topic }).expect(204)
    await delivered(subscriber, '/anew', 1)
    await follow(hub, topic, subscriber.url('/anew'), { 'hub.mode': 'unsubscribe' }, 'ended')
    await web.followed('/anew')
    await ping(hub, { 'hub.url': topic }).expect(204)
    await delivered(subscriber, '/anew', 2)
  })

  it('is where the page went, under the name that was subscribed to', async () => {
    web.pages.set('/moved', { status: 301, headers: { Location: '/moved-to?a=1' } })
    web.pages.set('/moved-to?a=1', { status: 307, headers: { Location: site.url('/moved-on') } })
    const topic = await web.followed('/moved')
    await ping(hub, { 'hub.url': topic }).expect(204)
    const [got] = await delivered(subscriber, '/moved', 1)
    expect(got?.body.toString()).toBe('page /moved-on')
    expect(got?.headers.link).toContain(`<${topic}>; rel="self"`)
  })
})
