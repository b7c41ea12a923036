/** A client that speaks bytes, for requests that no HTTP library would send. */
import { connect, type Socket } from 'node:net'
import { once } from 'node:events'

export interface RawClient {
  readonly socket: Socket
  /** All bytes received so far, as Latin-1. */
  received(): string
  write(bytes: string | Buffer): void
  /** Resolves with everything received, once the other side has ended the connection. */
  ended(): Promise<string>
  /** Resolves once so many answers have begun. */
  answers(count: number): Promise<string>
  close(): void
}

export async function rawClient(port: number, host = '127.0.0.1'): Promise<RawClient> {
  const socket = connect(port, host)
  let received = ''
  const watchers = new Set<() => void>()
  const look = (): void => watchers.forEach((watcher) => watcher())
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString('latin1')
    look()
  })
  // Being cut off is one way to be refused: `ended` tells.
  socket.on('error', () => undefined)
  const closed = new Promise<string>((resolve) => socket.on('close', () => resolve(received)))
  void closed.then(look)
  await Promise.race([once(socket, 'connect'), closed])
  return {
    socket,
    received: () => received,
    write: (bytes) => void socket.write(bytes),
    ended: () => closed,
    answers: (count) =>
      new Promise((resolve, reject) => {
        const watcher = (): void => {
          const begun = received.match(/HTTP\/1\.1 \d{3}/g)?.length ?? 0
          if (begun < count && !socket.closed) return
          watchers.delete(watcher)
          if (begun < count) reject(new Error(`closed after ${begun} answers: ${received.slice(0, 500)}`))
          else resolve(received)
        }
        watchers.add(watcher)
        watcher()
      }),
    close: () => socket.destroy(),
  }
}

/** Sends all of it at once, and reads until the other side has ended the connection. */
export async function exchangeRaw(port: number, bytes: string | Buffer): Promise<string> {
  const client = await rawClient(port)
  client.write(bytes)
  return client.ended()
}
