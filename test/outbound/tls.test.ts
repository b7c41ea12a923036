import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterEach, expect, test, vi } from 'vitest'
import { expired, key, valid } from './certificates.ts'
import { closeAfterEach, outbound, post, receiver } from './rig.ts'

closeAfterEach()

const trusted = getCACertificates('default')
const servers: ReturnType<typeof createServer>[] = []

afterEach(() => {
  setDefaultCACertificates(trusted)
  vi.unstubAllEnvs()
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

/** @returns the port of a server that counts what reaches it behind the handshake */
async function site(cert: string): Promise<{ port: number; reached: { count: number; names: unknown[] } }> {
  const reached = { count: 0, names: [] as unknown[] }
  const server = createServer({ key, cert }, (request, response) => {
    reached.count += 1
    reached.names.push((request.socket as { servername?: unknown }).servername)
    response.writeHead(204).end()
  })
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { port: (server.address() as AddressInfo).port, reached }
}

const door = () => outbound(['127.0.0.1'], () => ['127.0.0.1'])

test('a certificate of a trusted authority, for the name in the URL, is accepted', async () => {
  setDefaultCACertificates([...trusted, valid])
  const { port, reached } = await site(valid)
  expect(await post(door(), `https://receiver.example:${port}/`)).toMatchObject({
    kind: 'answer',
    status: 204,
  })
  expect(await post(door(), `https://127.0.0.1:${port}/`)).toMatchObject({ kind: 'answer', status: 204 })
  // The name, not the address, is asked for (RFC 6066 §3).
  expect(reached.names).toEqual(['receiver.example', false])
})

test.each([
  ['a self-signed certificate', valid, [], 'receiver.example'],
  ['an expired one', expired, [expired], 'receiver.example'],
  ['one for another name', valid, [valid], 'other.example'],
])('%s is refused before anything is sent', async (_what, certificate, authorities, host) => {
  setDefaultCACertificates([...trusted, ...authorities])
  const { port, reached } = await site(certificate)
  expect(await post(door(), `https://${host}:${port}/secret`)).toMatchObject({
    kind: 'fault',
    fault: 'tls',
    detail: expect.not.stringMatching(/secret/) as string,
  })
  expect(reached.count).toBe(0)
})

test('a Host header does not choose the name that is verified', async () => {
  setDefaultCACertificates([...trusted, valid])
  const { port } = await site(valid)
  const exchange = await post(door(), `https://other.example:${port}/`, {
    headers: { Host: 'receiver.example' },
  })
  expect(exchange).toMatchObject({ fault: 'tls' })
})

test('the environment cannot turn verification off', async () => {
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
  const { port } = await site(valid)
  expect(await post(door(), `https://receiver.example:${port}/`)).toMatchObject({ fault: 'tls' })
})

test('TLS to a server that does not speak it is a fault', async () => {
  const plain = await receiver()
  expect(await post(door(), `https://127.0.0.1:${plain.port}/`)).toMatchObject({ fault: 'tls' })
})
