/**
 * Reads an IP address strictly and says what is special about it. "Special" is everything that is not plain
 * public unicast, by the IANA special-purpose registries (RFC 6890 and its updates); a stranger may not send
 * the hub there.
 */
import ipaddr from 'ipaddr.js'

export type Ip = ipaddr.IPv4 | ipaddr.IPv6

/** Meaning and range, the first match counts. */
type Table<T> = readonly (readonly [meaning: string, address: T, bits: number])[]

const IPV4 = table(ipaddr.IPv4.parseCIDR.bind(ipaddr.IPv4), [
  ['an unspecified address', '0.0.0.0/8'],
  ['a private address', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'],
  ['a carrier-grade NAT address', '100.64.0.0/10'],
  ['a loopback address', '127.0.0.0/8'],
  // Azure's host answers on a public address; the others' metadata are link-local, NAT or reserved ones.
  ['a cloud metadata address', '169.254.169.254/32', '168.63.129.16/32'],
  ['a link-local address', '169.254.0.0/16'],
  ['a reserved address', '192.0.0.0/24', '240.0.0.0/4'],
  ['a documentation address', '192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24'],
  ['a relay or sink address', '192.31.196.0/24', '192.52.193.0/24', '192.88.99.0/24', '192.175.48.0/24'],
  ['a benchmarking address', '198.18.0.0/15'],
  ['a multicast address', '224.0.0.0/4'],
])

const IPV6 = table(ipaddr.IPv6.parseCIDR.bind(ipaddr.IPv6), [
  ['an unspecified address', '::/128'],
  ['a loopback address', '::1/128'],
  ['an IPv4 address in disguise (compatible)', '::/96'],
  ['an IPv4 address in disguise (mapped)', '::ffff:0:0/96'],
  ['an IPv4 address in disguise (translated)', '::ffff:0:0:0/96'],
  ['an IPv4 address in disguise (NAT64)', '64:ff9b::/96', '64:ff9b:1::/48'],
  ['an IPv4 address in disguise (6to4)', '2002::/16'],
  ['an IPv4 address in disguise (Teredo)', '2001::/32'],
  ['a discard-only address', '100::/64'],
  // Benchmarking, ORCHID and ORCHIDv2, AMT, and what else the IETF takes out of this block (RFC 2928).
  ['an address for protocols, not hosts', '2001::/23', '2620:4f:8000::/48'],
  ['a documentation address', '2001:db8::/32', '3fff::/20'],
  ['a private address', 'fc00::/7', 'fec0::/10'],
  ['a link-local address', 'fe80::/10'],
  ['a multicast address', 'ff00::/8'],
])

/** All the global unicast space there is (RFC 4291 §2.4, IANA): what lies outside is refused unseen. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3')

/** The address, if the text is one as RFC 3986 §3.2.2 writes it: no octal, hex or short IPv4, no zone id. */
export function parseIp(text: string): Ip | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text)
  if (!/^[0-9a-f:.]*:[0-9a-f:.]*$/i.test(text)) return undefined
  // The URL parser is the strict one; ipaddr.js takes octal in a dotted tail and reads ::1.2.3.4 as mapped.
  const canonical = URL.parse(`http://[${text}]/`)?.hostname.slice(1, -1)
  return canonical === undefined ? undefined : ipaddr.IPv6.parse(canonical)
}

/** What the address is, e.g. "a private address", or undefined when it is plain public unicast. */
export function specialMeaning(ip: Ip): string | undefined {
  if (ip instanceof ipaddr.IPv4) return IPV4.find(([, range, bits]) => ip.match(range, bits))?.[0]
  if (isIsatap(ip)) return 'an IPv4 address in disguise (ISATAP)'
  const meaning = IPV6.find(([, range, bits]) => ip.match(range, bits))?.[0]
  return meaning ?? (ip.match(GLOBAL_UNICAST) ? undefined : 'a reserved address')
}

/** The IPv4 address that a socket reaches through its mapped form (RFC 4291 §2.5.5.2). */
export function unmapped(ip: Ip): Ip {
  return ip instanceof ipaddr.IPv6 && ip.isIPv4MappedAddress() ? ip.toIPv4Address() : ip
}

/** RFC 5214 §6.1: any prefix, then 0:5efe or 200:5efe, then an IPv4 address. */
function isIsatap(ip: ipaddr.IPv6): boolean {
  return ip.parts[5] === 0x5efe && (ip.parts[4] === 0 || ip.parts[4] === 0x200)
}

function table<T>(parse: (cidr: string) => [T, number], rows: readonly (readonly string[])[]): Table<T> {
  return rows.flatMap(([meaning = '', ...cidrs]) => cidrs.map((cidr) => [meaning, ...parse(cidr)] as const))
}
