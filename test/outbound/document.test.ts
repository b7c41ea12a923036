/** Documents that publishers keep: another client, the same door. */
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { describe, expect, test, vi } from 'vitest'
import { key, valid } from './certificates.ts'
import { drip, pour } from './raw-server.ts'
import { closeAfterEach, outbound, rawServer, read, receiver } from './rig.ts'

closeAfterEach()

const OK = 'HTTP/1.1 200 OK\r\n'

test('a document is read whole, and the hub says who asks for what', async () => {
  const site = await receiver(() => ({ status: 200, body: '{"keys":[]}' }))
  expect(await read(outbound(), site.url('/jwks?v=1'))).toMatchObject({
    kind: 'answer',
    status: 200,
    body: Buffer.from('{"keys":[]}'),
  })
  expect(site.requests).toMatchObject([
    { method: 'GET', url: '/jwks?v=1', headers: { 'user-agent': 'Signet/test', accept: 'application/json' } },
  ])
})

describe('where it may be', () => {
  test('not at a forbidden address, however it is written', async () => {
    const target = await receiver()
    for (const host of ['127.0.0.1', '127.1', '2130706433', '[::ffff:127.0.0.1]', '[::1]', '0.0.0.0']) {
      for (const scheme of ['http', 'https']) {
        const exchange = await read(outbound([]), `${scheme}://${host}:${target.port}/`)
        expect(exchange).toMatchObject({ kind: 'fault', fault: 'forbidden' })
      }
    }
    expect(target.connections).toBe(0)
  })

  test('not behind a name that leads to one', async () => {
    const target = await receiver()
    const door = outbound([], () => ['1.1.1.1', '127.0.0.1'])
    expect(await read(door, `https://keys.example:${target.port}/`)).toMatchObject({
      fault: 'forbidden',
      detail: 'keys.example leads to 127.0.0.1, which is a loopback address.',
    })
    expect(target.connections).toBe(0)
  })

  test('not behind a redirect', async () => {
    const target = await receiver(() => ({ status: 302, headers: { Location: '/elsewhere' } }))
    expect(await read(outbound(), target.url('/jwks'))).toMatchObject({ kind: 'answer', status: 302 })
    expect(target.requests).toHaveLength(1)
  })

  test('at a name whose certificate is good, and at no other', async () => {
    const trusted = getCACertificates('default')
    const server = createServer({ key, cert: valid }, (_, response) => response.end('{}')).listen(
      0,
      '127.0.0.1',
    )
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const door = outbound(['127.0.0.1'], () => ['127.0.0.1'])
    try {
      vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
      expect(await read(door, `https://receiver.example:${port}/`)).toMatchObject({ fault: 'tls' })
      setDefaultCACertificates([...trusted, valid])
      expect(await read(door, `https://receiver.example:${port}/`)).toMatchObject({ status: 200 })
      expect(await read(door, `https://other.example:${port}/`)).toMatchObject({ fault: 'tls' })
    } finally {
      setDefaultCACertificates(trusted)
      vi.unstubAllEnvs()
      server.closeAllConnections()
      server.close()
    }
  })
})

describe('what comes back', () => {
  test.each<[string, Parameters<typeof rawServer>[0]]>([
    ['nothing at all', () => undefined],
    ['a byte at a time in the headers', (socket) => drip(socket, 'x', `${OK}X-Slow: `)],
    ['a byte at a time in the body', (socket) => drip(socket, 'x', `${OK}Content-Length: 999\r\n\r\n`)],
  ])('%s is a time-out', async (_, answer) => {
    const site = await rawServer(answer)
    const exchange = await read(outbound(), `http://127.0.0.1:${site.port}/`, { timeoutMs: 120 })
    expect(exchange).toMatchObject({ kind: 'fault', fault: 'timeout' })
    expect(exchange.ms).toBeLessThan(1_000)
    await site.closed()
  })

  test('without end is a fault, and the connection is dropped', async () => {
    const site = await rawServer((socket) => {
      socket.write(`${OK}Transfer-Encoding: chunked\r\n\r\n`)
      pour(socket, () => '400\r\n' + 'x'.repeat(1_024) + '\r\n')
    })
    const exchange = await read(outbound(), `http://127.0.0.1:${site.port}/`, { timeoutMs: 60_000 })
    expect(exchange).toMatchObject({ kind: 'fault', detail: 'The answer is longer than 1024 bytes.' })
    await site.closed()
  })

  test('cut short is a fault', async () => {
    const site = await rawServer((socket) => socket.end(`${OK}Content-Length: 10\r\n\r\nshort`))
    expect(await read(outbound(), `http://127.0.0.1:${site.port}/`)).toMatchObject({ kind: 'fault' })
  })

  test('compressed is not unpacked', async () => {
    const bomb = gzipSync('x'.repeat(100_000))
    const site = await receiver(() => ({ status: 200, headers: { 'Content-Encoding': 'gzip' }, body: bomb }))
    expect(await read(outbound(), site.url())).toMatchObject({ body: bomb })
  })

  test('that is no HTTP is a fault', async () => {
    const site = await rawServer((socket) => socket.end('SSH-2.0-OpenSSH_9.9\r\n'))
    expect(await read(outbound(), `http://127.0.0.1:${site.port}/`)).toMatchObject({ fault: 'protocol' })
  })
})

test('closing the door ends what is under way', async () => {
  const site = await rawServer(() => undefined)
  const door = outbound()
  const reading = read(door, `http://127.0.0.1:${site.port}/`, { timeoutMs: 60_000 })
  await door.close()
  expect(await reading).toMatchObject({ kind: 'fault' })
})
