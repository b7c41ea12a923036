/** The listening socket. Bound before the worker and the routes are composed, since the port is part of every topic's URL. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'

type Socket = IncomingMessage['socket']

/** Requests still under way this long after closing began are cut off. */
const GRACE_MS = 10_000

/** What a client may take of the hub before it has said anything that is worth it. Milliseconds and bytes. */
const LIMITS = {
  /** From the connection, or from a request's first byte, until its headers are complete. */
  headersMs: 10_000,
  /** Until its body is complete too. */
  requestMs: 30_000,
  /** Between two requests: longer than proxies keep theirs, so that none is sent into a connection that just ends. */
  idleMs: 65_000,
  /** Without a byte in either direction: who does not read the answer holds it no longer. */
  silentMs: 90_000,
  /** From a request's headers until its answer is read, where others wait for the connection. */
  answerMs: 15_000,
  /** How often the first two are looked at. */
  checkMs: 1_000,
  maxHeaderBytes: 16_384,
}

export type ServerLimits = typeof LIMITS

export interface ListeningServer {
  host: string
  port: number
  serve(listener: (request: IncomingMessage, response: ServerResponse) => Promise<void>): void
  /** Accepts nothing more; fulfilled once every request under way is answered, or cut off. */
  close(): Promise<void>
}

interface ListenOptions {
  host: string
  port: number
  /** Sockets open at once; one more is closed unheard. */
  maxConnections: number
}

/** @throws Error with a sentence for the operator when the address cannot be had */
export async function listen(
  { host, port, maxConnections }: ListenOptions,
  limits: ServerLimits = LIMITS,
): Promise<ListeningServer> {
  const server = createServer({
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.idleMs,
    connectionsCheckingInterval: limits.checkMs,
    maxHeaderSize: limits.maxHeaderBytes,
    // Said aloud, since NODE_OPTIONS in the environment could turn it on: a lenient parser lets requests be smuggled.
    insecureHTTPParser: false,
  })
  server.timeout = limits.silentMs
  server.maxConnections = maxConnections
  makeRoom(server, maxConnections, limits.answerMs)
  server.on('request', (_request, response) => {
    // A connection whose last answer is out keeps a closing hub no longer; it counts as idle once this turn is over.
    response.once('close', () => void setImmediate(() => server.listening || server.closeIdleConnections()))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new Error(`The hub cannot listen on ${host}:${port} (${error.code ?? error.message}).`, {
          cause: error,
        }),
      ),
    )
    server.listen(port, host, resolve)
  })
  const { address, port: bound } = server.address() as { address: string; port: number }
  return {
    host: address,
    port: bound,
    serve: (listener) => void server.on('request', (request, response) => void listener(request, response)),
    close: () =>
      new Promise((resolve) => {
        const cutOff = setTimeout(() => server.closeAllConnections(), GRACE_MS)
        server.close(() => {
          clearTimeout(cutOff)
          resolve()
        })
      }),
  }
}

/**
 * Full, the connection that has been without a request for the longest makes room, so that one more finds a place. Where
 * none is without, the one whose answers have taken too long: who reads a little now and then would hold it for ever.
 */
function makeRoom(server: Server, maxConnections: number, answerMs: number): void {
  let open = 0
  const idle = new Set<Socket>()
  /** How many answers each waits for, and since when it has been waiting for one. */
  const busy = new Map<Socket, { answers: number; since: number }>()
  const spare = (): void => {
    if (open < maxConnections) return
    const [longest] = idle
    const [[slowest, { since }] = [undefined, { since: Infinity }]] = busy
    if (longest !== undefined) longest.destroy()
    else if (performance.now() - since >= answerMs) slowest?.destroy()
  }
  server.on('connection', (socket) => {
    open += 1
    spare()
    idle.add(socket)
    socket.once('close', () => {
      open -= 1
      idle.delete(socket)
      busy.delete(socket)
    })
  })
  // That one was turned away: there is room for the next.
  server.on('drop', spare)
  server.on('request', ({ socket }, response) => {
    idle.delete(socket)
    const waiting = busy.get(socket) ?? { answers: 0, since: performance.now() }
    waiting.answers += 1
    busy.set(socket, waiting)
    response.once('close', () => {
      waiting.answers -= 1
      if (waiting.answers > 0 || socket.destroyed) return
      busy.delete(socket)
      idle.add(socket)
      spare()
    })
  })
}
