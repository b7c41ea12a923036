/**
 * Small documents that others publish: fetched rarely, read whole. By another client than what is sent, and by
 * the same guarded connector.
 */
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { Duplex } from 'node:stream'
import got from 'got'
import type { Exchange } from '../core/exchange.ts'
import type { Documents, DocumentRequest } from '../core/ports.ts'
import type { GuardedConnector } from './connector.ts'
import { OutboundError, toFault } from './fault.ts'

/** As Node calls it; what it connects to is told by the agent's own protocol. */
interface ConnectionOptions {
  host?: string | null | undefined
  port?: string | number | null | undefined
}
type Connected = (error: Error | null, socket: Duplex) => void

export function createDocuments(
  connector: GuardedConnector,
  userAgent: string,
  closing: AbortSignal,
): Documents {
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

  async function read(request: DocumentRequest): Promise<{ status: number; body: Buffer }> {
    const incoming = got.stream(request.url, {
      agent: { http, https },
      headers: { 'user-agent': userAgent, accept: request.accept },
      followRedirect: false,
      retry: { limit: 0 },
      throwHttpErrors: false,
      // A small answer must not become a large one.
      decompress: false,
      timeout: { request: request.timeoutMs },
      signal: closing,
    })
    const chunks: Buffer[] = []
    let length = 0
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      length += chunk.length
      // Half a document is none. Leaving the loop ends the connection.
      if (length > request.maxBodyBytes)
        throw new OutboundError('protocol', `The answer is longer than ${request.maxBodyBytes} bytes.`)
      chunks.push(chunk)
    }
    return { status: incoming.response?.statusCode ?? 0, body: Buffer.concat(chunks) }
  }

  return {
    async read(request): Promise<Exchange> {
      const startedAt = performance.now()
      const ms = (): number => Math.round(performance.now() - startedAt)
      try {
        return { kind: 'answer', ...(await read(request)), ms: ms() }
      } catch (error) {
        // The client wraps what the guard said.
        const { cause = error } = error as Error
        return { kind: 'fault', ...toFault(cause instanceof OutboundError ? cause : error), ms: ms() }
      }
    },
  }
}
