/** A subscriber as anyone would write one: it repeats challenges, and believes only what it can verify. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { EventEmitter, on } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { createRemoteJWKSet, type JWTPayload, jwtVerify } from 'jose'

interface Subscriber {
  callback: string
  /** The next verification of intent that arrives. */
  asked(): Promise<URLSearchParams>
  /** The payload of the next SET that arrives and verifies. */
  next(): Promise<JWTPayload>
  close(): Promise<void>
}

/**
 * @param hub the hub's base URL: the only issuer that is believed
 * @param secret the `hub.secret` that deliveries are signed with
 */
export async function startSubscriber(hub: string, topic: string, secret: string): Promise<Subscriber> {
  const keys = createRemoteJWKSet(new URL(`${hub}/.well-known/jwks.json`))
  const asked = mailbox<URLSearchParams>()
  const received = mailbox<JWTPayload>()

  const receive = async (request: IncomingMessage): Promise<{ status: number; body: string }> => {
    if (request.method === 'GET') {
      const query = new URL(request.url ?? '', 'http://subscriber').searchParams
      asked.put(query)
      return { status: 200, body: query.get('hub.challenge') ?? '' }
    }
    const body = await text(request)
    const expected = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
    const signature = String(request.headers['x-hub-signature'])
    if (
      signature.length !== expected.length ||
      !timingSafeEqual(Buffer.from(signature), Buffer.from(expected))
    ) {
      return { status: 403, body: 'wrong signature' }
    }
    const { payload } = await jwtVerify(body, keys, { issuer: hub, audience: topic, typ: 'secevent+jwt' })
    received.put(payload)
    return { status: 202, body: '' }
  }

  const server = createServer((request, response) => {
    receive(request).then(
      ({ status, body }) => response.writeHead(status).end(body),
      // The hub will send it again.
      (error: unknown) => response.writeHead(500).end(String(error)),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    callback: `http://127.0.0.1:${(server.address() as { port: number }).port}/events`,
    asked: asked.take,
    next: received.take,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

/** In milliseconds: what has not arrived by then has gone wrong. */
const PATIENCE = 60_000

/** Things arrive and are waited for in their order. */
function mailbox<T>(): { put: (item: T) => void; take: () => Promise<T> } {
  const arrivals = new EventEmitter<{ item: [T] }>()
  const items = on(arrivals, 'item', { signal: AbortSignal.timeout(PATIENCE) }) as AsyncIterableIterator<[T]>
  return {
    put: (item) => void arrivals.emit('item', item),
    take: async () => {
      const [item] = (await items.next()).value as [T]
      return item
    },
  }
}
