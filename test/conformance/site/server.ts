/** The suite's one server: every topic page and every callback is a place on it. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Received {
  method: string
  /** The request target exactly as sent. */
  target: string
  /** Names and values as sent, in order. */
  headers: [name: string, value: string][]
  body: Buffer
  /** Milliseconds since 1970. */
  at: number
  /** Set once the answer is out, or the connection gone. */
  answered: boolean
}

/** The values of a header, one for each time that it was sent. */
export const header = ({ headers }: Pick<Received, 'headers'>, name: string): string[] =>
  headers.filter(([given]) => given.toLowerCase() === name.toLowerCase()).map(([, value]) => value)

export interface Reply {
  status: number
  headers?: Record<string, string>
  body?: string | Buffer
}

/** Takes the answer into its own hands. */
export type RawReply = (response: ServerResponse) => void

export type Handler = (request: Received) => Reply | RawReply | Promise<Reply | RawReply>

export interface Site {
  /** As the hub sees it, without a trailing slash. */
  origin: string
  /** Whatever comes for this path; paths are exact, and `/?x` is a query at the root that begins with it. */
  serve(place: string, handler: Handler): void
  /** Requests that have come. */
  visits(): number
  close(): Promise<void>
}

export async function startSite(host: string, port: number, baseUrl?: string): Promise<Site> {
  const places = new Map<string, Handler>()
  const find = (target: string): Handler => {
    const [path = '', query = ''] = target.split(/\?(.*)/s)
    const rooted = path === '/' ? places.get(`/?${query.split('&', 1)[0] ?? ''}`) : undefined
    return rooted ?? places.get(path) ?? (() => ({ status: 404, body: 'There is nothing here.\n' }))
  }
  let visits = 0
  const server = createServer((incoming, response) => {
    visits += 1
    response.on('error', () => undefined)
    incoming.on('error', () => undefined)
    void receive(incoming).then(
      async (request) => {
        response.once('close', () => (request.answered = true))
        const reply = await find(request.target)(request)
        if (typeof reply === 'function') reply(response)
        else response.writeHead(reply.status, reply.headers).end(reply.body)
      },
      () => response.destroy(),
    )
  })
  server.listen(port, host)
  await once(server, 'listening').catch((error: unknown) => {
    throw new Error(`Topics and callbacks cannot be served at ${host}, port ${port}: ${String(error)}`)
  })
  const bound = (server.address() as AddressInfo).port
  return {
    origin: baseUrl ?? `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    serve: (place, handler) => void places.set(place, handler),
    visits: () => visits,
    async close() {
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
  const headers: [string, string][] = []
  for (let i = 0; i < incoming.rawHeaders.length; i += 2) {
    headers.push([incoming.rawHeaders[i] ?? '', incoming.rawHeaders[i + 1] ?? ''])
  }
  return {
    method: incoming.method ?? '',
    target: incoming.url ?? '',
    headers,
    body: Buffer.concat(chunks),
    at: Date.now(),
    answered: false,
  }
}
