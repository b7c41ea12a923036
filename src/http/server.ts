/** The listening socket. Bound before the worker and the routes are composed, since the port is part of every topic's URL. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

/** Requests still under way this long after closing began are cut off. */
const GRACE_MS = 10_000

export interface ListeningServer {
  port: number
  serve(listener: (request: IncomingMessage, response: ServerResponse) => Promise<void>): void
  /** Accepts nothing more; fulfilled once every request under way is answered, or cut off. */
  close(): Promise<void>
}

/** @throws Error with a sentence for the operator when the address cannot be had */
export async function listen({ host, port }: { host: string; port: number }): Promise<ListeningServer> {
  const server = createServer()
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
  return {
    port: (server.address() as { port: number }).port,
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
