/** The hub's own socket. What would connect there is a loop: the hub asking itself, or sending itself events. */
import type { Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { parseIp, unmapped } from '../core/special-addresses.ts'
import { OutboundError } from './fault.ts'

/** Where the hub listens: an address, or one that stands for all of the machine's. */
export interface OwnAddress {
  host: string
  port: number
}

/** Asked at each connection; undefined while the hub does not listen yet. */
export type Own = () => OwnAddress | undefined

/** @returns what is wrong with a connection that was just opened, and over which nothing has been sent */
export function loop(
  { remoteAddress = '', remotePort }: Pick<Socket, 'remoteAddress' | 'remotePort'>,
  own: OwnAddress | undefined,
): OutboundError | undefined {
  if (own === undefined || remotePort !== own.port) return undefined
  const to = plain(remoteAddress)
  const isOwn = isWildcard(own.host) ? isOfThisMachine(to) : to === plain(own.host)
  return isOwn ? new OutboundError('forbidden', 'The address is the hub’s own.') : undefined
}

const isWildcard = (host: string): boolean => host === '0.0.0.0' || host === '::'

function isOfThisMachine(address: string): boolean {
  const own = Object.values(networkInterfaces()).flatMap((of) => of ?? [])
  // All of 127/8 is this machine, though the interface has but one address of it.
  return address.startsWith('127.') || own.some((each) => plain(each.address) === address)
}

/** One form: IPv4 is plain also where a socket shows it as mapped. */
function plain(address: string): string {
  const ip = parseIp(address)
  return ip === undefined ? address : unmapped(ip).toString()
}
