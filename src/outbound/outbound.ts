/** The only door out of the hub: its every connection passes the guard. */
import { Agent } from 'undici'
import type { AllowList } from '../core/address.ts'
import { splitUrl } from '../core/callback.ts'
import type { Documents, Outbound, OutboundRequest, Pages } from '../core/ports.ts'
import { createConnector, type GuardedConnector } from './connector.ts'
import { createDocuments } from './document.ts'
import { OutboundError } from './fault.ts'
import { createGuard } from './guard.ts'
import { createPages } from './page.ts'
import { createReader, type Read } from './reader.ts'
import type { Own } from './own-address.ts'
import { Reception } from './reception.ts'
import { createResolve, type Resolve } from './resolve.ts'

/** A connection is kept this long between requests, and no longer if the receiver asks for more. */
const IDLE_MS = 4_000
const MAX_IDLE_MS = 10_000

/** Bytes of all the headers of an answer. */
const MAX_HEADERS = 16_384

interface OutboundOptions {
  allow: AllowList
  /** The `User-Agent` of requests that bring none (RFC 9110 §10.1.5). */
  userAgent: string
  resolve?: Resolve
  own?: Own
}

export function createOutbound(options: OutboundOptions): Outbound & Documents & Pages {
  const { allow, userAgent, resolve = createResolve({ names: allow.names }), own = () => undefined } = options
  const closing = new AbortController()
  const connector = createConnector(createGuard(allow, resolve), own)
  const clear = createConnector(createGuard({ ...allow, inTheClear: true }, resolve), own)
  const readBy = (by: GuardedConnector): Read => createReader(by, userAgent, closing.signal)
  const read = readBy(connector)
  const agent = agentBy(connector)
  const agentInTheClear = agentBy(clear)

  return {
    ...createDocuments(read),
    ...createPages(read, readBy(clear)),

    send(request) {
      const reception = new Reception(request)
      try {
        const { origin, target } = splitUrl(request.url)
        const { method, body = null } = request
        const by = request.inTheClear === true ? agentInTheClear : agent
        by.dispatch({ origin, path: target, method, body, headers: headersOf(request, userAgent) }, reception)
      } catch {
        reception.fail(new OutboundError('protocol', 'The URL or a header cannot be sent.'))
      }
      return reception.exchange
    },

    async close() {
      closing.abort()
      connector.close()
      clear.close()
      const closed = new OutboundError('connect', 'The hub is shutting down.')
      await Promise.all([agent.destroy(closed), agentInTheClear.destroy(closed)])
    },
  }
}

const agentBy = ({ connect }: GuardedConnector): Agent =>
  new Agent({
    connect,
    pipelining: 1,
    keepAliveTimeout: IDLE_MS,
    keepAliveMaxTimeout: MAX_IDLE_MS,
    maxHeaderSize: MAX_HEADERS,
    // One timer for the whole exchange stands in `Reception`; these two would start anew with every byte.
    headersTimeout: 0,
    bodyTimeout: 0,
  })

/** `Host` is the URL's: another one would reach another site behind the vetted address, and change the TLS name. */
function headersOf(request: OutboundRequest, userAgent: string): string[] {
  const given = Object.entries(request.headers).filter(([name]) => name.toLowerCase() !== 'host')
  const named = given.some(([name]) => name.toLowerCase() === 'user-agent')
  return (named ? given : [['User-Agent', userAgent], ...given]).flat()
}
