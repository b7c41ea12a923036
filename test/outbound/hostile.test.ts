/** Answers made to break the reader. Each must end in one value, in time, and cost the next request nothing. */
import { describe, expect, test } from 'vitest'
import { drip, pour } from './raw-server.ts'
import { closeAfterEach, get, outbound, post, rawAnswer, rawServer, receiver } from './rig.ts'

closeAfterEach()

const OK = 'HTTP/1.1 200 OK\r\n'

describe('answers that never end', () => {
  const cases: [string, Parameters<typeof rawServer>[0]][] = [
    ['nothing at all', () => undefined],
    ['a byte at a time in the headers', (socket) => drip(socket, 'H')],
    ['a byte at a time in a header line', (socket) => drip(socket, 'x', `${OK}X-Slow: `)],
    ['a byte at a time in the body', (socket) => drip(socket, 'x', `${OK}Content-Length: 999\r\n\r\n`)],
    ['less than the Content-Length', (socket) => socket.write(`${OK}Content-Length: 10\r\n\r\nshort`)],
    [
      'a chunk that does not come',
      (socket) => socket.write(`${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nab`),
    ],
  ]
  test.each(cases)('%s is a time-out', async (_what, answer) => {
    const site = await rawServer(answer)
    const exchange = await post(outbound(), `http://127.0.0.1:${site.port}/`, { timeoutMs: 120 })
    expect(exchange).toMatchObject({
      kind: 'fault',
      fault: expect.stringMatching(/timeout|protocol/) as string,
    })
    expect(exchange.ms).toBeLessThan(1_000)
    await site.closed()
  })

  test(
    'endless chunks are an answer, cut at the cap, and the connection is dropped',
    { timeout: 2_000 },
    async () => {
      const site = await rawServer((socket) => {
        socket.write(`${OK}Transfer-Encoding: chunked\r\n\r\n`)
        pour(socket, () => '400\r\n' + 'x'.repeat(1_024) + '\r\n')
      })
      const exchange = await get(outbound(), `http://127.0.0.1:${site.port}/`, {
        maxBodyBytes: 100,
        timeoutMs: 60_000,
      })
      expect(exchange).toMatchObject({ kind: 'answer', status: 200, body: Buffer.from('x'.repeat(100)) })
      await site.closed()
    },
  )

  test('what is left to drain is not waited for', { timeout: 10_000 }, async () => {
    const site = await rawServer((socket) =>
      socket.write(`${OK}Content-Length: 5000\r\n\r\n${'x'.repeat(200)}`),
    )
    const door = outbound()
    const url = `http://127.0.0.1:${site.port}/`
    expect(await get(door, url, { maxBodyBytes: 100, timeoutMs: 60_000 })).toMatchObject({ kind: 'answer' })
    await site.closed()
  })

  test('a success whose body drips holds its connection for a moment', { timeout: 10_000 }, async () => {
    const site = await rawServer((socket) => drip(socket, 'x', `${OK}Content-Length: 9999\r\n\r\n`))
    const url = `http://127.0.0.1:${site.port}/`
    const exchange = await post(outbound(), url, { ignoreSuccessBody: true, timeoutMs: 60_000 })
    expect(exchange).toMatchObject({ kind: 'answer', status: 200 })
    await site.closed()
  })

  test('a flood of interim answers is cut off', async () => {
    const site = await rawServer((socket) =>
      pour(socket, () => 'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n'),
    )
    const exchange = await post(outbound(), `http://127.0.0.1:${site.port}/`)
    expect(exchange).toMatchObject({ fault: 'protocol', detail: expect.stringMatching(/interim/) as string })
    await site.closed()
  })

  test('a few interim answers are passed over', async () => {
    const site = await rawAnswer(
      `HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 102 Wait\r\n\r\n${OK}Content-Length: 2\r\n\r\nhi`,
    )
    const exchange = await post(outbound(), `http://127.0.0.1:${site.port}/`)
    expect(exchange).toMatchObject({ kind: 'answer', status: 200, body: Buffer.from('hi') })
  })
})

describe('answers that are not HTTP', () => {
  test.each([
    ['garbage', '\u0000\u0001\u0002 what?\r\n\r\n'],
    ['another protocol', 'SSH-2.0-OpenSSH_9.9\r\n'],
    ['HTTP/0.9', '<html>hello</html>'],
    ['status 99', 'HTTP/1.1 99 Low\r\n\r\n'],
    ['status 099', 'HTTP/1.1 099 Low\r\nContent-Length: 0\r\n\r\n'],
    ['status 000', 'HTTP/1.1 000 None\r\nContent-Length: 0\r\n\r\n'],
    ['status 1000', 'HTTP/1.1 1000 High\r\n\r\n'],
    ['status -1', 'HTTP/1.1 -1 Odd\r\n\r\n'],
    [
      'an unasked 101',
      'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n',
    ],
    ['a bare 100', 'HTTP/1.1 100 Continue\r\n\r\n'],
    ['both lengths', `${OK}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['two lengths', `${OK}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd`],
    ['a negative length', `${OK}Content-Length: -1\r\n\r\n`],
    ['a nonsense length', `${OK}Content-Length: 0x5\r\n\r\nabcde`],
    ['a chunk size of nonsense', `${OK}Transfer-Encoding: chunked\r\n\r\nzz\r\n`],
    ['a chunk size beyond reason', `${OK}Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n`],
    ['a NUL in a header', `${OK}X-A: a\u0000b\r\nContent-Length: 0\r\n\r\n`],
    ['1 MB of one header', `${OK}X-A: ${'a'.repeat(1_000_000)}\r\n\r\n`],
    ['20 KiB of headers', `${OK}${'X-A: aaaaaaaaaaaaaaaa\r\n'.repeat(1_000)}\r\n`],
  ])('%s is a fault', async (_what, bytes) => {
    const site = await rawAnswer(bytes)
    const url = `http://127.0.0.1:${site.port}/secret?token=1`
    const exchange = await post(outbound(), url, { timeoutMs: 500 })
    expect(exchange).toMatchObject({
      kind: 'fault',
      fault: expect.stringMatching(/protocol|connect|timeout/) as string,
    })
    expect(JSON.stringify(exchange)).not.toMatch(/secret|token/)
    await site.closed()
  })

  test.each([600, 999])('status %i is an answer that is no success', async (status) => {
    const site = await rawAnswer(`HTTP/1.1 ${status} Odd\r\nContent-Length: 0\r\n\r\n`)
    expect(await post(outbound(), `http://127.0.0.1:${site.port}/`)).toMatchObject({ kind: 'answer', status })
  })

  test('a connection that breaks in the middle is a fault', async () => {
    for (const bytes of ['', 'HTTP/1.1 200', OK, `${OK}Content-Length: 10\r\n\r\nabc`]) {
      const site = await rawServer((socket) => socket.end(bytes))
      const exchange = await post(outbound(), `http://127.0.0.1:${site.port}/`)
      expect(exchange).toMatchObject({ fault: expect.stringMatching(/connect|protocol/) as string })
    }
  })

  test('a second answer, smuggled behind the first, is not taken for the next one', async () => {
    const site = await rawAnswer(`${OK}Content-Length: 2\r\n\r\nhi${OK}Content-Length: 4\r\n\r\nevil`)
    const door = outbound()
    const url = `http://127.0.0.1:${site.port}/`
    expect(await get(door, url)).toMatchObject({ body: Buffer.from('hi') })
    expect(await get(door, url)).not.toMatchObject({ body: Buffer.from('evil') })
  })
})

test('one hostile receiver does not disturb another', async () => {
  const dead = await rawServer(() => undefined)
  const healthy = await receiver()
  const door = outbound()
  const waiting = Array.from({ length: 20 }, () =>
    post(door, `http://127.0.0.1:${dead.port}/`, { timeoutMs: 300 }),
  )
  const good = await Promise.all(Array.from({ length: 20 }, () => post(door, healthy.url())))
  for (const exchange of good) expect(exchange).toMatchObject({ kind: 'answer', status: 204 })
  for (const exchange of await Promise.all(waiting)) expect(exchange).toMatchObject({ fault: 'timeout' })
})

test('a request that was given up before it was connected is never sent', async () => {
  const site = await receiver()
  const named = Promise.withResolvers<string[]>()
  const door = outbound(['127.0.0.1'], () => named.promise)
  const url = `http://late.example:${site.port}/`
  expect(await post(door, `${url}given-up`, { timeoutMs: 30 })).toMatchObject({ fault: 'timeout' })
  named.resolve(['127.0.0.1'])
  expect(await post(door, `${url}next`)).toMatchObject({ kind: 'answer' })
  expect(site.requests.map((request) => request.url)).toEqual(['/next'])
})
