/**
 * The judgement on where a connection goes. It is made inside the connection's own lookup, on the very
 * addresses that the socket then uses: a name that resolves differently a moment later (DNS rebinding)
 * changes nothing.
 */
import type { LookupAddress } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { judgeAddress, type AllowList, type Protocol } from '../core/address.ts'
import { OutboundError } from './fault.ts'
import type { Resolve } from './resolve.ts'

/** More answers than any honest name has: each is judged, and a flood of them would hold up the hub. */
const MAX_ANSWERS = 64

/** Tried per family, so that one name cannot make the hub knock at many doors. */
const MAX_TRIED = 4

export interface Guard {
  /** Node resolves names only: a literal address never reaches `lookup`. @returns what is wrong with it */
  literal(host: string, protocol: Protocol): OutboundError | undefined
  lookup(protocol: Protocol): LookupFunction
}

export function createGuard(allow: AllowList, resolve: Resolve): Guard {
  async function vetted(host: string, protocol: Protocol): Promise<LookupAddress[]> {
    const addresses = await answersOf(host, resolve)
    // One forbidden answer condemns the name: an honest one does not mix public and private.
    for (const address of addresses) {
      const why = judgeAddress(host, address, protocol, allow)
      if (why !== undefined) throw new OutboundError('forbidden', why)
    }
    return firstOfEachFamily(addresses)
  }

  return {
    literal(host, protocol) {
      const why = isIP(host) === 0 ? undefined : judgeAddress(host, host, protocol, allow)
      return why === undefined ? undefined : new OutboundError('forbidden', why)
    },

    lookup: (protocol) => (host, options, callback) => {
      vetted(host, protocol).then(
        (found) => {
          const [first] = found
          if (options.all === true) callback(null, found)
          else callback(null, first?.address ?? '', first?.family)
        },
        (error: unknown) => callback(error as NodeJS.ErrnoException, []),
      )
    },
  }
}

async function answersOf(host: string, resolve: Resolve): Promise<readonly string[]> {
  const addresses = await resolve(host).catch(() => [])
  if (addresses.length === 0) throw new OutboundError('dns', `${host} could not be resolved.`)
  if (addresses.length > MAX_ANSWERS) throw new OutboundError('dns', `${host} has too many addresses.`)
  return addresses
}

function firstOfEachFamily(addresses: readonly string[]): LookupAddress[] {
  const found = addresses.map((address) => ({ address, family: isIP(address) }))
  return [4, 6]
    .flatMap((family) => found.filter((each) => each.family === family).slice(0, MAX_TRIED))
    .sort((a, b) => found.indexOf(a) - found.indexOf(b))
}
