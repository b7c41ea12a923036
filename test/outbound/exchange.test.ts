import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { closeAfterEach, get, outbound, post, receiver, rawServer } from './rig.ts'

closeAfterEach()

describe('a request', () => {
  test.each([
    '/cb?a=%20&b=%7e&c=+&a=2&a=1&hub.mode=own',
    '/a/../b/./c//d',
    '/%2e%2e/%2f;x=1?',
    '/\'()*!{}|^`<>"',
    '/?=&&=',
  ])('goes out byte for byte: %s', async (target) => {
    const site = await receiver()
    await get(outbound(), site.url(target))
    expect(site.requests[0]?.url).toBe(target)
  })

  test('without a path asks for /', async () => {
    const site = await receiver()
    const door = outbound()
    await get(door, `http://127.0.0.1:${site.port}`)
    await get(door, `HTTP://127.0.0.1:${site.port}?x=1`)
    expect(site.requests.map(({ url }) => url)).toEqual(['/', '/?x=1'])
  })

  test('carries the body and the headers it was given, and says who sends it', async () => {
    const site = await receiver()
    const door = outbound()
    await post(door, site.url(), { body: 'été', headers: { 'Content-Type': 'application/secevent+jwt' } })
    await post(door, site.url(), { headers: { 'user-agent': 'Mine/1' } })
    const [first, second] = site.requests
    expect(first?.body.toString()).toBe('été')
    expect(first?.headers).toMatchObject({
      'content-type': 'application/secevent+jwt',
      'content-length': '5',
      'user-agent': 'Signet/test',
    })
    expect(first?.headers).not.toHaveProperty('accept-encoding')
    expect(second?.headers['user-agent']).toBe('Mine/1')
  })

  test.each([
    ['a header with a line break', { headers: { 'X-A': 'a\r\nX-B: b' } }],
    ['another scheme', { url: 'file:///etc/passwd' }],
    ['a user name', { url: 'http://u:p@127.0.0.1/' }],
    ['a control character', { url: 'http://127.0.0.1/\r\nX: y' }],
    ['no URL', { url: 'nonsense' }],
  ])('with %s is a fault and is not sent', async (_what, more) => {
    const site = await receiver()
    const exchange = await get(outbound(), site.url('/secret'), more)
    expect(exchange).toMatchObject({ kind: 'fault', fault: 'protocol' })
    expect(JSON.stringify(exchange)).not.toMatch(/secret|nonsense|passwd|X-B/)
    expect(site.connections).toBe(0)
  })
})

describe('an answer', () => {
  test.each([301, 302, 303, 307, 308])(
    'with a redirect is a %i like any other: nobody follows',
    async (status) => {
      const elsewhere = await receiver()
      const site = await receiver(() => ({ status, headers: { Location: elsewhere.url('/internal') } }))
      expect(await post(outbound(), site.url())).toMatchObject({ kind: 'answer', status })
      expect(elsewhere.connections).toBe(0)
    },
  )

  test.each([200, 204, 304, 400, 404, 410, 429, 500, 503, 599])('%i is an answer', async (status) => {
    const site = await receiver(() => ({ status }))
    expect(await post(outbound(), site.url())).toMatchObject({ kind: 'answer', status })
  })

  test('is read to the cap and no further', async () => {
    const site = await receiver(() => ({ status: 200, body: 'x'.repeat(1_025) }))
    const exchange = await get(outbound(), site.url(), { maxBodyBytes: 1_024 })
    expect(exchange).toMatchObject({ kind: 'answer', status: 200, body: Buffer.from('x'.repeat(1_024)) })
  })

  test('of exactly the cap is whole', async () => {
    const site = await receiver(() => ({ status: 200, body: 'challenge' }))
    expect(await get(outbound(), site.url(), { maxBodyBytes: 9 })).toMatchObject({
      body: Buffer.from('challenge'),
    })
  })

  test('that is compressed stays compressed', async () => {
    const bomb = gzipSync(Buffer.alloc(1_000_000))
    const site = await receiver(() => ({ status: 200, headers: { 'Content-Encoding': 'gzip' }, body: bomb }))
    const exchange = await get(outbound(), site.url(), { maxBodyBytes: 10_000 })
    expect(exchange).toMatchObject({ kind: 'answer', body: bomb })
  })

  test('tells how long it took', async () => {
    const site = await receiver()
    const { ms } = await get(outbound(), site.url())
    expect(Number.isInteger(ms) && ms >= 0 && ms < 1_500).toBe(true)
  })
})

describe('connections', () => {
  test('are kept for the next request', async () => {
    const site = await receiver()
    const door = outbound()
    for (let i = 0; i < 5; i++) await post(door, site.url(`/${i}`))
    expect(site.requests).toHaveLength(5)
    // Two take turns: undici lets one rest for a turn of the event loop after each answer.
    expect(site.connections).toBeLessThanOrEqual(2)
  })

  test('survive a body that is a little over the cap', async () => {
    const site = await receiver(() => ({ status: 200, body: 'x'.repeat(2_000) }))
    const door = outbound()
    await get(door, site.url(), { maxBodyBytes: 10 })
    await site.waitFor((requests) => requests.length === 1)
    // The rest of the first answer is read before the connection is free again.
    for (let i = 0; i < 3; i++) await get(door, site.url(), { maxBodyBytes: 10_000 })
    expect(site.connections).toBeLessThanOrEqual(2)
  })

  test('carry one request at a time', async () => {
    const all = Promise.withResolvers<undefined>()
    const site = await receiver(async () => {
      await all.promise
      return { status: 204 }
    })
    const door = outbound()
    const exchanges = [1, 2, 3].map((i) => post(door, site.url(`/${i}`)))
    await site.waitFor((requests) => requests.length === 3)
    all.resolve(undefined)
    await Promise.all(exchanges)
    expect(site.connections).toBe(3)
  })

  test('that are refused are a fault', async () => {
    const site = await receiver()
    await site.close()
    expect(await post(outbound(), site.url())).toMatchObject({
      fault: 'connect',
      detail: expect.stringMatching(/ECONNREFUSED/) as string,
    })
  })
})

describe('close', () => {
  test('ends requests under way, with their connections', async () => {
    const begun = Promise.withResolvers<undefined>()
    const site = await rawServer(() => begun.resolve(undefined))
    const door = outbound()
    const exchange = post(door, `http://127.0.0.1:${site.port}/`)
    await begun.promise
    await door.close()
    expect(await exchange).toMatchObject({
      kind: 'fault',
      fault: 'connect',
      detail: 'The hub is shutting down.',
    })
    await site.closed()
  })

  test('ends connections that are still being opened', { timeout: 2_000 }, async () => {
    const begun = Promise.withResolvers<undefined>()
    const site = await rawServer(
      () => undefined,
      () => begun.resolve(undefined),
    )
    const door = outbound()
    // The server never says a word of TLS.
    const exchange = post(door, `https://127.0.0.1:${site.port}/`)
    await begun.promise
    await door.close()
    expect(await exchange).toMatchObject({ kind: 'fault', fault: 'connect' })
    await site.closed()
  })

  test('closes the idle ones, and what comes later is a fault', async () => {
    const site = await rawServer((socket) => socket.write('HTTP/1.1 204 No Content\r\n\r\n'))
    const door = outbound()
    const url = `http://127.0.0.1:${site.port}/`
    expect(await post(door, url)).toMatchObject({ status: 204 })
    await door.close()
    await site.closed()
    expect(await post(door, url)).toMatchObject({ kind: 'fault', fault: 'connect' })
    await door.close()
  })
})
