/**
 * Whose address a request counts under. Anyone can write `X-Forwarded-For`: what it says counts only as far as
 * proxies that the operator trusts wrote it, read from the nearest hop to the farthest.
 */
import { type AllowList, isAllowListed } from './address.ts'
import { parseIp, unmapped } from './special-addresses.ts'

/** Ranges of proxies; names are of no use, since connections come from addresses. */
export type TrustedProxies = Pick<AllowList, 'ranges'>

/**
 * The first address, seen from the hub, that is no trusted proxy's; where all are, the farthest.
 *
 * @param peer the address at the other end of the connection; undefined once that is gone
 * @param forwardedFor the header as it came, several lines joined by commas
 * @returns an address in one form: IPv4 also where a socket shows it as mapped; undefined where a trusted proxy tells
 * of something that is no address
 */
export function clientAddress(
  peer: string | undefined,
  forwardedFor: string | undefined,
  trusted: TrustedProxies,
): string | undefined {
  const hops = forwardedFor === undefined || forwardedFor.trim() === '' ? [] : forwardedFor.split(',')
  let client = addressOf(peer ?? '')
  while (client !== undefined && hops.length > 0 && isTrusted(client, trusted)) {
    client = addressOf(hops.pop() ?? '')
  }
  return client
}

function isTrusted(address: string, trusted: TrustedProxies): boolean {
  const ip = parseIp(address)
  return ip !== undefined && isAllowListed(ip, trusted)
}

/** As proxies write them: some in brackets, some with the port behind. A socket's zone (`%eth0`) is left out. */
function addressOf(text: string): string | undefined {
  const bare = text.trim().replace(/^\[(.*)\](:\d{1,5})?$/, '$1')
  const ip = parseIp(bare.replace(/%.*$/, '')) ?? parseIp(bare.replace(/^([\d.]+):\d{1,5}$/, '$1'))
  return ip === undefined ? undefined : unmapped(ip).toString()
}

/**
 * What limits count an address as: whoever has one IPv6 address has all of its /64 (RFC 4291 §2.5.4), so those are one.
 *
 * @param address as `clientAddress` gives it; those that are not known are one together
 */
export function clientKey(address: string | undefined): string {
  if (address === undefined) return 'unknown'
  const ip = parseIp(address)
  if (ip === undefined || !('parts' in ip)) return address
  return `${ip.parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')}::/64`
}
