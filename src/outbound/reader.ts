/** Reads one answer whole, by the client that is for what is rare, and by the guarded connector. */
import { Agent as HttpAgent, type IncomingHttpHeaders } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { Duplex } from 'node:stream'
import got from 'got'
import type { Fault } from '../core/exchange.ts'
import type { OutboundRequest } from '../core/ports.ts'
import type { GuardedConnector } from './connector.ts'
import { OutboundError, toFault } from './fault.ts'

type Reading = Pick<OutboundRequest, 'url' | 'headers' | 'timeoutMs' | 'maxBodyBytes'>

export interface WholeAnswer {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
}

/** @throws what `faultOf` explains. Redirects are answers like any other; nothing is decompressed. */
export type Read = (reading: Reading) => Promise<WholeAnswer>

/** As Node calls it; what it connects to is told by the agent's own protocol. */
interface ConnectionOptions {
  host?: string | null | undefined
  port?: string | number | null | undefined
}
type Connected = (error: Error | null, socket: Duplex) => void

export function createReader(connector: GuardedConnector, userAgent: string, closing: AbortSignal): Read {
  const connectBy = (protocol: 'http:' | 'https:') => (options: ConnectionOptions, done?: Connected) => {
    const host = options.host ?? ''
    connector.connect({ hostname: host, host, protocol, port: String(options.port ?? '') }, (...result) => {
      if (result[0] === null) done?.(null, result[1])
      // The type wants a socket even where there is none.
      else done?.(result[0], undefined as unknown as Duplex)
    })
    return undefined
  }
  const http = Object.assign(new HttpAgent(), { createConnection: connectBy('http:') })
  const https = Object.assign(new HttpsAgent(), { createConnection: connectBy('https:') })

  return async ({ url, headers, timeoutMs, maxBodyBytes }) => {
    const incoming = got.stream(url, {
      agent: { http, https },
      headers: { 'user-agent': userAgent, ...headers },
      followRedirect: false,
      retry: { limit: 0 },
      throwHttpErrors: false,
      // A small answer must not become a large one.
      decompress: false,
      timeout: { request: timeoutMs },
      signal: closing,
    })
    const chunks: Buffer[] = []
    let length = 0
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      length += chunk.length
      // Half a document is none. Leaving the loop ends the connection.
      if (length > maxBodyBytes)
        throw new OutboundError('protocol', `The answer is longer than ${maxBodyBytes} bytes.`)
      chunks.push(chunk)
    }
    const { statusCode: status = 0, headers: received = {} } = incoming.response ?? {}
    return { status, headers: received, body: Buffer.concat(chunks) }
  }
}

export function faultOf(error: unknown): { fault: Fault; detail: string } {
  // The client wraps what the guard said.
  const { cause = error } = error as Error
  return toFault(cause instanceof OutboundError ? cause : error)
}
