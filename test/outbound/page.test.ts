/** Pages of others: asked for only if they changed, followed where they went, through the same door. */
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { PageFetched, Pages, PageWanted } from '../../src/core/ports.ts'
import type { Reply } from '../support/receiver.ts'
import { createPages } from '../../src/outbound/page.ts'
import type { Read } from '../../src/outbound/reader.ts'
import { drip, pour } from './raw-server.ts'
import { closeAfterEach, outbound, rawServer, receiver } from './rig.ts'

closeAfterEach()

const fetchPage = (door: Pages, url: string, more: Partial<PageWanted> = {}): Promise<PageFetched> =>
  door.fetch({ url, timeoutMs: 1_500, maxBodyBytes: 1_024, ...more })

const page = (body: string, headers: Record<string, string> = {}): Reply => ({ status: 200, headers, body })
const to = (Location: string, status = 302): Reply => ({ status, headers: { Location } })

describe('a page', () => {
  test('is read whole, with its type and validators', async () => {
    const headers = {
      'Content-Type': 'text/html; Charset="utf-8"',
      ...{ ETag: 'W/"1"', 'Last-Modified': 'Sat, 21 Nov 2026 06:00:00 GMT' },
      Date: 'Sat, 21 Nov 2026 06:01:00 GMT',
    }
    const site = await receiver(() => page('<p>', headers))
    expect(await fetchPage(outbound(), site.url('/p?a=%7e+b#top'))).toMatchObject({
      kind: 'page',
      contentType: 'text/html; Charset="utf-8"',
      body: Buffer.from('<p>'),
      validators: { url: site.url('/p?a=%7e+b#top'), etag: 'W/"1"', lastModified: headers['Last-Modified'] },
    })
    expect(site.requests).toMatchObject([
      {
        method: 'GET',
        url: '/p?a=%7e+b',
        headers: { 'user-agent': 'Signet/test', accept: '*/*', 'accept-encoding': 'identity' },
      },
    ])
  })

  test.each([
    ['Sat, 21 Nov 2026 06:00:59 GMT', '"1"', ['etag']],
    ['Sat, 21 Nov 2026 06:00:59 GMT', 'W/"1"', []],
    ['Sat, 21 Nov 2026 05:59:00 GMT', 'W/"1"', []],
    ['nonsense', 'W/"1"', []],
    [undefined, '"1"', ['etag']],
  ])('answered at %s, with the tag %s, is known by %j', async (date, ETag, known) => {
    const changed = { 'Last-Modified': 'Sat, 21 Nov 2026 06:00:00 GMT', ETag }
    const site = await receiver(() => page('x', { ...changed, Date: date ?? '' }))
    const got = await fetchPage(outbound(), site.url())
    expect(got).toMatchObject({ kind: 'page' })
    expect(Object.keys((got as { validators: object }).validators)).toEqual(['url', ...known])
  })

  test('is known by a weak tag where it has no date', async () => {
    const site = await receiver(() => page('x', { ETag: 'W/"1"' }))
    expect(await fetchPage(outbound(), site.url())).toMatchObject({ validators: { etag: 'W/"1"' } })
  })

  test('without a type is a row of bytes', async () => {
    const site = await receiver(() => page('x'))
    expect(await fetchPage(outbound(), site.url())).toMatchObject({
      contentType: 'application/octet-stream',
      validators: { url: site.url() },
    })
  })

  test('is unmodified if its server says so, and was asked', async () => {
    const site = await receiver(() => ({ status: 304 }))
    const validators = { url: site.url(), etag: '"1"', lastModified: 'lately' }
    expect(await fetchPage(outbound(), site.url(), { validators })).toMatchObject({ kind: 'unmodified' })
    expect(site.requests[0]?.headers).toMatchObject({ 'if-none-match': '"1"', 'if-modified-since': 'lately' })
    expect(await fetchPage(outbound(), site.url())).toMatchObject({ kind: 'failed', status: 304 })
  })

  test.each([204, 206, 401, 404, 410, 500, 503, 300])('is not there at %i', async (status) => {
    const site = await receiver(() => ({ status }))
    expect(await fetchPage(outbound(), site.url())).toMatchObject({ kind: 'failed', status })
  })

  test('that is compressed all the same is none', async () => {
    const bomb = gzipSync('x'.repeat(100_000))
    const site = await receiver(() => ({ status: 200, headers: { 'Content-Encoding': 'gzip' }, body: bomb }))
    expect(await fetchPage(outbound(), site.url())).toMatchObject({
      kind: 'failed',
      why: expect.stringMatching(/compressed/) as string,
    })
  })

  test('may be as long as the cap, and not a byte longer', async () => {
    const site = await receiver(({ url }) => page('x'.repeat(Number(url.slice(1)))))
    expect(await fetchPage(outbound(), site.url('/1024'))).toMatchObject({ kind: 'page' })
    expect(await fetchPage(outbound(), site.url('/1025'))).toMatchObject({
      kind: 'failed',
      why: 'The answer is longer than 1024 bytes.',
    })
  })

  test('without end is none, and the connection is dropped', async () => {
    const site = await rawServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
      pour(socket, () => '400\r\n' + 'x'.repeat(1_024) + '\r\n')
    })
    const url = `http://127.0.0.1:${site.port}/`
    expect(await fetchPage(outbound(), url, { timeoutMs: 60_000 })).toMatchObject({ kind: 'failed' })
    await site.closed()
  })
})

describe('a redirect', () => {
  test.each([301, 302, 303, 307, 308])('by %i is followed', async (status) => {
    const site = await receiver(({ url }) => (url === '/' ? to('there?x=1#part', status) : page('here')))
    expect(await fetchPage(outbound(), site.url())).toMatchObject({
      kind: 'page',
      body: Buffer.from('here'),
      validators: { url: site.url('/there?x=1') },
    })
  })

  test('may have bytes in it that are not escaped', async () => {
    const location = Buffer.from('/é').toString('latin1')
    const site = await receiver(({ url }) => (url === '/' ? to(location) : page(url)))
    expect(await fetchPage(outbound(), site.url())).toMatchObject({ body: Buffer.from('/%c3%a9') })
  })

  test('is followed five times, not six', async () => {
    const site = await receiver(({ url }) =>
      url === '/0' ? page('here') : to(`/${Number(url.slice(1)) - 1}`),
    )
    expect(await fetchPage(outbound(), site.url('/5'))).toMatchObject({ kind: 'page' })
    expect(await fetchPage(outbound(), site.url('/6'))).toMatchObject({
      kind: 'failed',
      why: expect.stringMatching(/5 redirects/) as string,
    })
  })

  test('passes the guard, at every hop', async () => {
    const secret = await receiver(() => page('internal'))
    const middle = await receiver(() => to(`http://127.0.0.2:${secret.port}/`))
    const site = await receiver(() => to(middle.url()))
    expect(await fetchPage(outbound(['127.0.0.1']), site.url())).toMatchObject({
      kind: 'failed',
      why: '127.0.0.2 is a loopback address.',
    })
    expect(middle.requests).toHaveLength(1)
    expect(secret.connections).toBe(0)
  })

  test('leads to no other scheme, and to no URL with a user name', async () => {
    for (const target of ['file:///etc/passwd', 'ftp://127.0.0.1/', 'http://me@127.0.0.1/', 'http://[']) {
      const site = await receiver(() => to(target))
      expect(await fetchPage(outbound(), site.url())).toMatchObject({
        kind: 'failed',
        why: expect.stringMatching(/^A redirect/) as string,
      })
    }
  })

  test('takes the validators only where they come from', async () => {
    const site = await receiver(({ url }) => (url === '/' ? to('/there') : page('here')))
    const validators = { url: site.url('/there'), etag: '"1"' }
    await fetchPage(outbound(), site.url(), { validators })
    await fetchPage(outbound(), site.url(), { validators: { ...validators, url: site.url('/elsewhere') } })
    expect(site.requests.map(({ url, headers }) => [url, headers['if-none-match']])).toEqual([
      ['/', undefined],
      ['/there', '"1"'],
      ['/', undefined],
      ['/there', undefined],
    ])
  })

  test('does not lengthen the time there is', async () => {
    const site = await rawServer((socket) => {
      const slow = 'HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n'
      setTimeout(() => socket.end(slow), 100)
    })
    const got = await fetchPage(outbound(), `http://127.0.0.1:${site.port}/`, { timeoutMs: 250 })
    expect(got).toMatchObject({ kind: 'failed', why: expect.stringMatching(/in time|within/) as string })
    expect(got.ms).toBeLessThan(400)
  })
})

test('plain http is for pages whose own URL says so, not for where https leads', async () => {
  const asked: string[] = []
  const by =
    (name: string): Read =>
    ({ url }) => {
      asked.push(`${name} ${url}`)
      return Promise.resolve({
        status: 302,
        headers: { location: 'http://there.example/' },
        body: Buffer.of(),
      })
    }
  const pages = createPages(by('guarded'), by('in the clear'))
  await fetchPage(pages, 'https://blog.example/')
  expect(asked.slice(0, 2)).toEqual(['guarded https://blog.example/', 'guarded http://there.example/'])
  expect(asked.some((each) => each.startsWith('in the clear'))).toBe(false)
  await fetchPage(pages, 'HTTP://blog.example/')
  expect(asked).toContain('in the clear HTTP://blog.example/')
})

test('plain http opens no private address', async () => {
  const target = await receiver()
  const door = outbound([], () => ['127.0.0.1'])
  for (const host of ['blog.example', '127.0.0.1']) {
    expect(await fetchPage(door, `http://${host}:${target.port}/`)).toMatchObject({
      why: expect.stringMatching(/is a loopback address\.$/) as string,
    })
  }
  expect(target.connections).toBe(0)
})

test('a page that comes a byte at a time is a time-out', async () => {
  const site = await rawServer((socket) =>
    drip(socket, 'x', 'HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n'),
  )
  const got = await fetchPage(outbound(), `http://127.0.0.1:${site.port}/`, { timeoutMs: 120 })
  expect(got).toMatchObject({ kind: 'failed' })
  await site.closed()
})

test('closing the door ends what is under way', async () => {
  const site = await rawServer(() => undefined)
  const door = outbound()
  const fetching = fetchPage(door, `http://127.0.0.1:${site.port}/`, { timeoutMs: 60_000 })
  await door.close()
  expect(await fetching).toMatchObject({ kind: 'failed' })
})
