/** A connection that is kept belongs to the name that was judged for it, and to the rule by which it was. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { closeAfterEach, get, outbound, post, read } from './rig.ts'

closeAfterEach()

/** What came by each connection: the `Host`, and what the request is about. */
let connections: Map<object, Set<string>>
let port: number
let close: () => Promise<unknown>

beforeEach(async () => {
  connections = new Map()
  const server = createServer((request, response) => {
    const came = connections.get(request.socket) ?? new Set()
    connections.set(request.socket, came.add(`${request.headers.host ?? ''}${request.url ?? ''}`))
    request.resume().on('end', () => response.writeHead(200).end('{}'))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
  close = () => {
    server.close()
    server.closeAllConnections()
    return once(server, 'close')
  }
})
afterEach(() => close())

const loopback = (): string[] => ['127.0.0.1']
const url = (name: string, path = '/'): string => `http://${name}:${port}${path}`

test('a name that is not allowed gets no connection of one that is, though both lead to the same place', async () => {
  const door = outbound(['good.example'], loopback)
  for (let n = 0; n < 3; n += 1) expect(await post(door, url('good.example'))).toMatchObject({ status: 200 })
  for (const send of [get, post, read]) {
    for (const host of ['other.example', '127.0.0.1', '[::ffff:127.0.0.1]', 'good.example.']) {
      expect(await send(door, url(host))).toMatchObject({ fault: 'forbidden' })
    }
  }
  expect(await post(door, url('good.example'))).toMatchObject({ status: 200 })
  for (const came of connections.values()) expect([...came]).toEqual([`good.example:${port}/`])
})

test('names that are allowed have connections of their own', async () => {
  const door = outbound(['one.example', 'two.example'], loopback)
  for (let n = 0; n < 10; n += 1) {
    await Promise.all(['one.example', 'two.example'].map((name) => post(door, url(name))))
  }
  expect(connections.size).toBeLessThan(20)
  for (const came of connections.values()) expect(came.size).toBe(1)
})

test('what was opened in the clear is used for nothing else', async () => {
  const door = outbound(['127.0.0.1'])
  for (let n = 0; n < 5; n += 1) {
    await post(door, url('127.0.0.1', '/clear'), { inTheClear: true })
    await post(door, url('127.0.0.1', '/not'))
  }
  expect(connections.size).toBeLessThan(10)
  for (const came of connections.values()) expect(came.size).toBe(1)
})

test('documents are read by connections that are not kept', async () => {
  const door = outbound(['127.0.0.1'])
  await read(door, url('127.0.0.1'))
  await read(door, url('127.0.0.1'))
  expect(connections.size).toBe(2)
})
