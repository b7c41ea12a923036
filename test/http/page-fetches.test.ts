/** Topics that are pages: how often they are fetched. */
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PAUSE_MS } from '../../src/flow/ping.ts'
import type { TestHub } from '../support/hub.ts'
import type { Receiver } from '../support/receiver.ts'
import { delivered, fetches, ping, startWeb, textPage, type Web } from '../support/web-topics.ts'

let web: Web
let hub: TestHub
let site: Receiver
let subscriber: Receiver

beforeAll(async () => {
  web = await startWeb()
  ;({ hub, site, subscriber } = web)
})
afterAll(() => web.close())

describe('a burst of pings', () => {
  it('is one fetch', async () => {
    const topic = await web.followed('/burst')
    await Promise.all(Array.from({ length: 5 }, () => ping(hub, { 'hub.url': topic }).expect(204)))
    await delivered(subscriber, '/burst', 1)
    // Another fetch would not come earlier.
    await delay(PAUSE_MS + 200)
    expect(fetches(site, '/burst')).toHaveLength(1)
  })

  it('during a fetch is one more, and its content comes', async () => {
    const slow = Promise.withResolvers<undefined>()
    const target = '/slow'
    const topic = await web.followed(target)
    site.reply(async ({ url }) => {
      if (url !== target) return textPage(`page ${url}`)
      if (fetches(site, target).length > 1) return textPage('new')
      await slow.promise
      return textPage('old')
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
    const topic = await web.followed(target)
    site.reply(({ url }) =>
      url === target && fetches(site, target).length < 3 ? { status: 503 } : textPage(`page ${url}`),
    )
    await ping(hub, { 'hub.url': topic }).expect(204)
    const [got] = await delivered(subscriber, target, 1)
    expect(got?.body.toString()).toBe('page /down')
    expect(fetches(site, target)).toHaveLength(3)
  })

  it('is given up, until the next ping', async () => {
    const target = '/gone'
    const topic = await web.followed(target)
    site.reply(({ url }) => (url === target ? { status: 404 } : textPage(`page ${url}`)))
    await ping(hub, { 'hub.url': topic }).expect(204)
    // Twice more, as the schedule says.
    await site.waitFor(() => fetches(site, target).length === 3)
    await web.settle()
    expect(fetches(site, target)).toHaveLength(3)
    site.reply(({ url }) => textPage(`page ${url}`))
    await ping(hub, { 'hub.url': topic }).expect(204)
    await delivered(subscriber, target, 1)
  })
})
