/**
 * May the hub connect there? A callback is a URL chosen by a stranger, so only plain public addresses are
 * open, and the operator's allow-list (`SIGNET_OUTBOUND_ALLOW`) is the one way to open more.
 */
import { parseIp, specialMeaning, unmapped, type Ip } from './special-addresses.ts'

export type Protocol = 'http:' | 'https:'

export interface AllowList {
  readonly ranges: readonly { readonly ip: Ip; readonly bits: number }[]
  /** Lower-case host names: whatever they resolve to is let through. */
  readonly names: ReadonlySet<string>
  /** Public addresses may be called over plain http: for what is public itself. */
  readonly inTheClear?: boolean
}

/**
 * Reads CIDRs, single addresses and host names, e.g. `127.0.0.0/8`, `::1`, `crm.internal`.
 * @returns the list of what could be read, and one sentence for each entry that could not
 */
export function parseAllowList(entries: readonly string[]): { allow: AllowList; problems: string[] } {
  const ranges: AllowList['ranges'][number][] = []
  const names = new Set<string>()
  const problems: string[] = []
  for (const [index, entry] of entries.map((text) => text.trim()).entries()) {
    // Named by its place: what stands there may be a secret that was set under the wrong name.
    const place = `entry ${index + 1}`
    const [address = '', prefix, ...rest] = entry.split('/')
    const ip = parseIp(address)
    if (ip !== undefined && rest.length === 0) {
      const bits = prefixBits(ip, prefix)
      if (bits === undefined) problems.push(`${place} is not a CIDR: its prefix length is out of range.`)
      else if (bits === 0) problems.push(`${place} is every address there is: name the ranges that you use.`)
      else ranges.push({ ip, bits })
    } else if (isHostName(entry)) {
      names.add(entry.toLowerCase())
    } else {
      problems.push(`${place} is neither a CIDR, nor an IP address, nor a host name.`)
    }
  }
  return { allow: { ranges, names }, problems }
}

/**
 * The last word on a connection, asked after the name was resolved.
 * @param host the name, or the literal address without brackets, as it stands in the URL
 * @param address what it resolved to; the same as `host` for a literal address
 * @returns undefined, or a sentence that says why not
 */
export function judgeAddress(
  host: string,
  address: string,
  protocol: Protocol,
  allow: AllowList,
): string | undefined {
  if (allow.names.has(host.toLowerCase())) return undefined
  const ip = parseIp(address)
  if (ip === undefined) return `${host} leads to something that is not an IP address.`
  if (isAllowListed(ip, allow)) return undefined
  const what = host === address ? host : `${host} leads to ${address}, which`
  const meaning = specialMeaning(ip)
  if (meaning !== undefined) return `${what} is ${meaning}.`
  // A SET must not travel in the clear (RFC 8417 §5.1).
  return protocol === 'http:' && allow.inTheClear !== true
    ? `${what} is a public address: use https.`
    : undefined
}

/** A DNS name (RFC 1123 §2.1, and underscores, which are met in practice). */
export function isHostName(text: string): boolean {
  if (text.length > 253) return false
  const labels = text.split('.')
  // A last label of digits would make it an IPv4 address, or something that a parser takes for one.
  if (/^(\d+|0x[0-9a-f]*)$/i.test(labels.at(-1) ?? '')) return false
  return labels.every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i.test(label))
}

/** Whether an IP address lies in one of these ranges; what is no address lies in none. */
export function liesIn(address: string, ranges: readonly string[]): boolean {
  const ip = parseIp(address)
  return ip !== undefined && isAllowListed(ip, parseAllowList(ranges).allow)
}

/** An allow-listed IPv4 range holds for the mapped IPv6 form too: both reach the same host. */
export function isAllowListed(ip: Ip, allow: Pick<AllowList, 'ranges'>): boolean {
  return allow.ranges.some(({ ip: range, bits }) =>
    [ip, unmapped(ip)].some((form) => form.kind() === range.kind() && form.match(range, bits)),
  )
}

function prefixBits(ip: Ip, prefix: string | undefined): number | undefined {
  const most = ip.kind() === 'ipv4' ? 32 : 128
  if (prefix === undefined) return most
  const bits = /^(0|[1-9]\d{0,2})$/.test(prefix) ? Number(prefix) : NaN
  return bits <= most ? bits : undefined
}
