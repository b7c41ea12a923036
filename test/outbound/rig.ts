/** The door out as a test drives it: short time-outs, small caps, names that lead where the test says. */
import { afterEach } from 'vitest'
import { parseAllowList } from '../../src/core/address.ts'
import type { Exchange } from '../../src/core/exchange.ts'
import type { DocumentRequest, Documents, Outbound, OutboundRequest, Pages } from '../../src/core/ports.ts'
import { createOutbound } from '../../src/outbound/outbound.ts'
import { startReceiver, type Receiver, type Script } from '../support/receiver.ts'
import { startRawServer, type RawServer } from './raw-server.ts'

const open: { close(): Promise<void> }[] = []

/** Called once by each test file: ends what its tests began. */
export function closeAfterEach(): void {
  afterEach(async () => {
    // The servers last: closing them first would look like their fault.
    for (const part of open.splice(0).reverse()) await part.close()
  })
}

export function outbound(
  entries: string[] = ['127.0.0.1'],
  resolve?: (host: string) => string[] | Promise<string[]>,
): Outbound & Documents & Pages {
  const made = createOutbound({
    allow: parseAllowList(entries).allow,
    userAgent: 'Signet/test',
    ...(resolve !== undefined && { resolve: async (host: string) => await resolve(host) }),
  })
  open.push(made)
  return made
}

export async function receiver(script?: Script): Promise<Receiver> {
  const made = await startReceiver(script === undefined ? {} : { script })
  open.push(made)
  return made
}

export async function rawServer(...args: Parameters<typeof startRawServer>): Promise<RawServer> {
  const made = await startRawServer(...args)
  open.push(made)
  return made
}

/** A server that answers each request with these bytes. */
export function rawAnswer(bytes: string): Promise<RawServer> {
  return rawServer((socket) => socket.write(bytes))
}

export function get(door: Outbound, url: string, more: Partial<OutboundRequest> = {}): Promise<Exchange> {
  return door.send({ method: 'GET', url, headers: {}, timeoutMs: 1_500, maxBodyBytes: 1_024, ...more })
}

/** A document, through the other client of the same door. */
export function read(door: Documents, url: string, more: Partial<DocumentRequest> = {}): Promise<Exchange> {
  return door.read({ url, accept: 'application/json', timeoutMs: 1_500, maxBodyBytes: 1_024, ...more })
}

export function post(door: Outbound, url: string, more: Partial<OutboundRequest> = {}): Promise<Exchange> {
  return get(door, url, { method: 'POST', body: 'a SET', ...more })
}
