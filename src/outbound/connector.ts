/** The one way by which connections are opened: every one of them passes the guard. */
import type { Socket } from 'node:net'
import { buildConnector } from 'undici'
import type { Protocol } from '../core/address.ts'
import type { Guard } from './guard.ts'
import { loop, type Own } from './own-address.ts'

/** Name, TCP and TLS together, in milliseconds. An exchange may give up earlier; this ends what it leaves. */
const CONNECT_TIMEOUT_MS = 10_000

/** undici's connector returns the socket that it is opening, though its type does not say so. */
type Opener = (...args: Parameters<buildConnector.connector>) => Socket

export interface GuardedConnector {
  connect: buildConnector.connector
  /** Ends connections that are still being opened; those that are open belong to the agent. */
  close(): void
}

export function createConnector(guard: Guard, own: Own): GuardedConnector {
  const openers = { 'http:': opener(guard, 'http:'), 'https:': opener(guard, 'https:') }
  const opening = new Set<Socket>()
  return {
    connect(options, callback) {
      const protocol: Protocol = options.protocol === 'https:' ? 'https:' : 'http:'
      const refused = guard.literal(options.hostname, protocol)
      if (refused !== undefined) {
        // Later, as a connection would: undici is still setting up what the callback changes.
        queueMicrotask(() => callback(refused, null))
        return
      }
      const socket = openers[protocol](options, (...result) => {
        opening.delete(socket)
        const looped = result[0] === null ? loop(result[1], own()) : undefined
        if (looped === undefined) {
          callback(...result)
        } else {
          socket.destroy()
          callback(looped, null)
        }
      })
      opening.add(socket)
    },

    close() {
      for (const socket of opening) socket.destroy()
      opening.clear()
    },
  }
}

function opener(guard: Guard, protocol: Protocol): Opener {
  return buildConnector({
    lookup: guard.lookup(protocol),
    timeout: CONNECT_TIMEOUT_MS,
    // HTTP/2 would bring header compression and stream limits of the other side's choosing.
    allowH2: false,
    // Said aloud, since NODE_TLS_REJECT_UNAUTHORIZED=0 in the environment would turn it off.
    ...(protocol === 'https:' ? { rejectUnauthorized: true } : {}),
  }) as Opener
}
