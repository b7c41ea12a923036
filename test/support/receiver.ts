/** A scripted receiver on 127.0.0.1: records every request, answers as told, and lets a test wait for a state. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Received {
  method: string
  /** The request target exactly as sent. */
  url: string
  /** Names and values as sent, in order. */
  rawHeaders: [name: string, value: string][]
  /** By lower-case name; a repeated header's values joined by ", ". */
  headers: Record<string, string>
  body: Buffer
  /** Milliseconds since 1970, when the last byte of the request was in. */
  at: number
}

export interface Reply {
  status: number
  headers?: Record<string, string | string[]>
  body?: string | Buffer
}

/** Takes the answer into its own hands, down to `response.socket`; nothing else is sent. */
export type RawReply = (response: ServerResponse) => void

export type Script = (request: Received) => Reply | RawReply | Promise<Reply | RawReply>

export interface Receiver {
  /** `url('/cb?x=1')` is `http://127.0.0.1:<port>/cb?x=1`. */
  url(target?: string): string
  readonly port: number
  /** In the order of arrival; grows as they come. */
  readonly requests: readonly Received[]
  /** TCP connections so far. */
  readonly connections: number
  /** The POSTs. */
  deliveries(): Received[]
  /**
   * Resolves as soon as the state is reached, at once if it is already; looked at after each arrival.
   * Rejects with a list of what did arrive.
   */
  waitFor(
    reached: (requests: readonly Received[]) => boolean,
    options?: { timeoutMs?: number },
  ): Promise<readonly Received[]>
  /** Changes the script for requests to come. */
  reply(script: Script): void
  close(): Promise<void>
}

/** A willing subscriber: echoes the challenge of a verification (WebSub §5.3), takes every delivery. */
export const willing: Script = ({ method, url }) => {
  if (method !== 'GET') return { status: 204 }
  // The last one, since a callback may have a `hub.challenge` of its own.
  const challenge = new URL(url, 'http://receiver').searchParams.getAll('hub.challenge').at(-1)
  return { status: 200, headers: { 'Content-Type': 'text/plain' }, body: challenge ?? '' }
}

export async function startReceiver(options: { script?: Script } = {}): Promise<Receiver> {
  const requests: Received[] = []
  const watchers = new Set<() => void>()
  let script = options.script ?? willing
  let connections = 0

  const server = createServer((incoming, response) => {
    // A request that is broken off in the middle never arrived.
    response.on('error', () => undefined)
    receive(incoming).then(
      async (request) => {
        requests.push(request)
        for (const look of watchers) look()
        await answer(response, request, script)
      },
      () => response.destroy(),
    )
  })
  server.on('connection', () => (connections += 1))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo

  return {
    url: (target = '/') => `http://127.0.0.1:${port}${target}`,
    port,
    requests,
    get connections() {
      return connections
    },
    deliveries: () => requests.filter(({ method }) => method === 'POST'),

    waitFor(reached, { timeoutMs = 20_000 } = {}) {
      return new Promise((resolve, reject) => {
        const look = () => {
          if (!reached(requests)) return
          stop()
          resolve(requests)
        }
        const timer = setTimeout(() => {
          stop()
          const list = requests.map(({ method, url }) => `${method} ${url}`).join('\n')
          reject(new Error(`not reached within ${timeoutMs} ms; arrived so far:\n${list || '(nothing)'}`))
        }, timeoutMs)
        const stop = () => {
          clearTimeout(timer)
          watchers.delete(look)
        }
        watchers.add(look)
        look()
      })
    },

    reply: (next) => (script = next),

    async close() {
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

async function receive(incoming: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  const rawHeaders: [string, string][] = []
  for (let i = 0; i < incoming.rawHeaders.length; i += 2) {
    rawHeaders.push([incoming.rawHeaders[i] ?? '', incoming.rawHeaders[i + 1] ?? ''])
  }
  const distinct = Object.entries(incoming.headersDistinct)
  return {
    method: incoming.method ?? '',
    url: incoming.url ?? '',
    rawHeaders,
    headers: Object.fromEntries(distinct.map(([name, values]) => [name, (values ?? []).join(', ')])),
    body: Buffer.concat(chunks),
    at: Date.now(),
  }
}

async function answer(response: ServerResponse, request: Received, script: Script): Promise<void> {
  const reply = await script(request)
  if (typeof reply === 'function') reply(response)
  else response.writeHead(reply.status, reply.headers).end(reply.body)
}
