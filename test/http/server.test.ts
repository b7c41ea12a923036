/** What a client may take of the hub: time, sockets and bytes. */
import { afterEach, describe, expect, it, test } from 'vitest'
import { listen, type ListeningServer, type ServerLimits } from '../../src/http/server.ts'
import { exchangeRaw, rawClient, type RawClient } from '../support/raw-client.ts'
import { until } from '../support/until.ts'

/** None is near: a test sets the one that it is about. */
const FAR: ServerLimits = {
  headersMs: 60_000,
  requestMs: 60_000,
  idleMs: 60_000,
  silentMs: 60_000,
  answerMs: 60_000,
  checkMs: 20,
  maxHeaderBytes: 16_384,
}

const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const part of open.splice(0).reverse()) await part.close()
})

async function serve(limits: Partial<ServerLimits> = {}, maxConnections = 100): Promise<ListeningServer> {
  const server = await listen({ host: '127.0.0.1', port: 0, maxConnections }, { ...FAR, ...limits })
  server.serve(async (request, response) => {
    // As a route does: the whole body first.
    try {
      await request.forEach(() => undefined)
      response.end('done')
    } catch {
      // Cut off; the client sees what is tested.
    }
  })
  open.push(server)
  return server
}

async function client(server: ListeningServer): Promise<RawClient> {
  const made = await rawClient(server.port)
  open.push(made)
  return made
}

const GET = 'GET / HTTP/1.1\r\nHost: hub\r\n\r\n'
const POST = 'POST / HTTP/1.1\r\nHost: hub\r\nContent-Length: 1000\r\n\r\n'

describe('a client that takes its time', () => {
  test.each([
    ['with the first byte', { headersMs: 100 }, '', undefined],
    ['with the headers', { headersMs: 100 }, 'GET / HTTP/1.1\r\nX-Slow: ', 'x'],
    ['between two headers', { headersMs: 100 }, 'GET / HTTP/1.1\r\nHost: hub\r\n', undefined],
    ['with the body', { headersMs: 100, requestMs: 200 }, POST, 'x'],
    ['with the next request', { idleMs: 100 }, GET, undefined],
    ['with the headers of the next request', { headersMs: 100 }, `${GET}GET / HTTP/1.1\r\nX-Slow: `, 'x'],
  ])('%s is cut off', async (_what, limits, beginning, drop) => {
    const slow = await client(await serve(limits))
    slow.write(beginning)
    const dripping = drop === undefined ? undefined : setInterval(() => slow.write(drop), 10)
    const received = await slow.ended()
    clearInterval(dripping)
    expect(received).toMatch(/^(HTTP\/1\.1 (200 OK|408 Request Timeout)|$)/)
    expect(received).not.toContain('X-Slow')
  })

  it('with reading the answer is cut off', async () => {
    const server = await listen({ host: '127.0.0.1', port: 0, maxConnections: 10 }, { ...FAR, silentMs: 200 })
    open.push(server)
    const gone = new Promise((resolve) =>
      server.serve((_request, response) => {
        response.on('close', () => resolve(response.writableFinished))
        response.end(Buffer.alloc(64 * 1024 * 1024))
        return Promise.resolve()
      }),
    )
    const slow = await client(server)
    slow.socket.pause()
    slow.write(GET)
    expect(await gone).toBe(false)
  })

  it('but within the limits is answered', async () => {
    const patient = await client(await serve())
    for (const byte of GET) patient.write(byte)
    await patient.answers(1)
    patient.write(POST)
    for (let n = 0; n < 1000; n += 1) patient.write('x')
    expect((await patient.answers(2)).match(/200 OK/g)).toHaveLength(2)
  })
})

describe('sockets', () => {
  it('up to the limit are served, and one more is closed unheard', async () => {
    const server = await serve({}, 5)
    const busy: RawClient[] = []
    while (busy.length < 5) {
      const one = await client(server)
      one.write(POST.replace('Content', 'Expect: 100-continue\r\nContent'))
      // The request is under way.
      await one.answers(1)
      busy.push(one)
    }
    const late = await client(server)
    late.write(GET)
    expect(await late.ended()).toBe('')
    busy.forEach((one) => one.write('x'.repeat(1000)))
    for (const one of busy) expect(await one.answers(2)).toMatch(/200 OK/)
    // Now that they want nothing, there is room.
    const later = await client(server)
    later.write(GET)
    expect(await later.answers(1)).toMatch(/200 OK/)
  })

  it('that have no request make room for those that come, the longest without one first', async () => {
    const server = await serve({}, 5)
    const idle: RawClient[] = []
    while (idle.length < 4) {
      const one = await client(server)
      one.write(GET)
      await one.answers(1)
      idle.push(one)
    }
    idle[0]?.write(GET)
    await idle[0]?.answers(2)
    const silent = await client(server)
    await idle[1]?.ended()
    const late = await client(server)
    late.write(GET)
    await late.answers(1)
    await idle[2]?.ended()
    silent.write(GET)
    expect(await silent.answers(1)).toMatch(/200 OK/)
    idle[0]?.write(GET)
    expect(await idle[0]?.answers(3)).toMatch(/200 OK/)
  })

  it('whose answers take too long to be read make room too, however many were asked for', async () => {
    const answerMs = 200
    const server = await listen({ host: '127.0.0.1', port: 0, maxConnections: 2 }, { ...FAR, answerMs })
    open.push(server)
    const slowSockets = new Set<unknown>()
    server.serve((request, response) => {
      if (request.url === '/large') slowSockets.add(request.socket)
      response.end(Buffer.alloc(request.url === '/large' ? 8 * 1024 * 1024 : 1))
      return Promise.resolve()
    })
    const slow: RawClient[] = []
    while (slow.length < 2) {
      const one = await client(server)
      one.socket.pause()
      one.write(GET.replace('/', '/large').repeat(100))
      slow.push(one)
      await until(() => Promise.resolve(slowSockets.size === slow.length))
    }
    const reading = setInterval(() => {
      for (const { socket } of slow) socket.read(4_096)
    }, 20)
    const answered = async (): Promise<boolean> => {
      const late = await client(server)
      late.write(GET)
      return late.answers(1).then(
        () => true,
        () => false,
      )
    }
    await until(answered)
    clearInterval(reading)
  })
})

test('headers larger than the limit are 431, and are not repeated', async () => {
  const { port } = await serve({ maxHeaderBytes: 1_024 })
  const answer = await exchangeRaw(
    port,
    `GET / HTTP/1.1\r\nHost: hub\r\nX-Big: ${'LEAK'.repeat(1_000)}\r\n\r\n`,
  )
  expect(answer).toMatch(/^HTTP\/1\.1 431 /)
  expect(answer).not.toContain('LEAK')
})
