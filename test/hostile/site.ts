/** A callback of its own for each hostile answer: a server that plays it to every request. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'

export interface Site {
  url: string
  /** Connections that are open now. */
  open(): number
  close(): Promise<void>
}

/** @param play is called once for each request that has come in full, with its first line */
export async function startSite(play: (socket: Socket, line: string) => void): Promise<Site> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    let received = ''
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    socket.on('data', (data) => {
      received += data.toString('latin1')
      for (let end = endOfRequest(received); end > 0; end = endOfRequest(received)) {
        play(socket, received.slice(0, received.indexOf('\r\n')))
        received = received.slice(end)
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/cb`,
    open: () => sockets.size,
    async close() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

/** Where the first request ends; 0 when it is not complete. */
function endOfRequest(received: string): number {
  const head = received.indexOf('\r\n\r\n') + 4
  if (head < 4) return 0
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(received.slice(0, head))?.[1] ?? 0)
  return received.length >= head + length ? head + length : 0
}
