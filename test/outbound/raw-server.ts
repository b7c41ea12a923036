/** A server that speaks bytes, for answers that no HTTP library would send. */
import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'

export interface RawServer {
  readonly port: number
  /** Connections so far. */
  readonly connections: number
  /** All bytes received so far, of all connections. */
  received(): string
  /** Resolves once a connection has been closed. */
  closed(): Promise<void>
  close(): Promise<void>
}

/** @param onRequest called with each chunk that arrives once headers have been received in full */
export async function startRawServer(
  onRequest: (socket: Socket) => void,
  onConnect: () => void = () => undefined,
): Promise<RawServer> {
  const sockets = new Set<Socket>()
  const closed = Promise.withResolvers<undefined>()
  let connections = 0
  let received = ''
  const server = createServer((socket) => {
    connections += 1
    sockets.add(socket)
    onConnect()
    socket.on('error', () => undefined)
    socket.on('close', () => {
      sockets.delete(socket)
      closed.resolve(undefined)
    })
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1')
      if (received.includes('\r\n\r\n')) onRequest(socket)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections
    },
    received: () => received,
    closed: () => closed.promise,
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Writes the pieces one at a time, as fast as the other side lets it, until the connection ends. */
export function pour(socket: Socket, piece: () => string | Buffer): void {
  const more = () => {
    if (socket.destroyed) return
    socket.write(piece(), () => setImmediate(more))
  }
  more()
}

/** Writes the beginning at once, then a byte every few milliseconds until the connection ends. */
export function drip(socket: Socket, byte: string, beginning = ''): void {
  socket.write(beginning)
  const timer = setInterval(() => socket.write(byte), 10)
  socket.on('close', () => clearInterval(timer))
}
