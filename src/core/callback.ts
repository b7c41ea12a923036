/**
 * Judges a callback URL as a stranger writes it, before anything is stored. This is the polite check, for a
 * plain sentence at once; the safe one is made at every connect, once the name is resolved (`address.ts`).
 */
import { isHostName, judgeAddress, type AllowList, type Protocol } from './address.ts'
import { parseIp } from './special-addresses.ts'

/** In characters, the whole URL. */
const MAX_LENGTH = 2048

const NO_HOST = 'has no valid host.'

/**
 * @param hub the hub's public base URL: whatever is below it would be a loop
 * @returns undefined, or what is wrong, to be read after the name of the parameter or field: "is longer than …"
 */
export function checkCallback(url: string, allow: AllowList, hub?: string): string | undefined {
  const fault = faultOf(url, allow)
  if (fault !== undefined || hub === undefined || !isBelow(url, hub)) return fault
  return 'leads back to this hub; name an address of your own.'
}

function faultOf(url: string, allow: AllowList): string | undefined {
  if (url.length > MAX_LENGTH) return `is longer than ${MAX_LENGTH} characters.`
  if (!/^[!-~]*$/.test(url) || url.includes('\\')) {
    return 'has a space, a backslash or something else than printable ASCII; percent-encode it.'
  }
  const [, scheme, authority] = /^(https?:)\/\/([^/?#]*)/i.exec(url) ?? []
  if (scheme === undefined || authority === undefined) {
    return 'is not an absolute http or https URL; begin with https:// and the host.'
  }
  if (url.includes('#')) return 'has a fragment; leave out the # and what follows.'
  if (authority.includes('@')) return 'has a user name or password; leave out the @ and what precedes it.'
  const [, host, , port] = /^(\[[^\]]*\]|[^:[]*)(:(.*))?$/.exec(authority) ?? []
  if (host === undefined) return NO_HOST
  if (authority !== host && !isPort(port ?? ''))
    return 'has no valid port; give one from 1 to 65535, or none.'
  return judgeHost(host.toLowerCase(), scheme.toLowerCase() as Protocol, allow)
}

/**
 * The parts that a request needs. Nothing after the authority passes through a URL parser: the callback's own
 * query is kept byte for byte (WebSub §5.3).
 * @returns `origin` with scheme and host in lower case and no default port (RFC 6454 §6.2), its `host`
 * without the port, and `target`, the path and query exactly as written
 * @throws TypeError when it is not an absolute http(s) URL, or has a user name or password
 */
export function splitUrl(url: string): { origin: string; host: string; target: string } {
  const [, scheme, authority, path, query] = /^(https?:\/\/)([^/?#]*)([^?#]*)([^#]*)/i.exec(url) ?? []
  if (scheme === undefined || authority === undefined || !/^[^@\\\s]+$/.test(authority)) {
    throw new TypeError('not an absolute http or https URL')
  }
  const { origin, hostname } = new URL(scheme + authority)
  return { origin, host: hostname, target: (path === '' ? '/' : (path ?? '/')) + (query ?? '') }
}

/** The scheme, host and port, where it is an absolute http(s) URL without user name and password. */
export function originOf(url: string): string | undefined {
  try {
    return splitUrl(url).origin
  } catch {
    return undefined
  }
}

/** Whether a URL leads to the base's origin and below its path, in whatever spelling. */
export function isBelow(url: string, base: string): boolean {
  return originOf(url) === originOf(base) && pathOf(url).startsWith(pathOf(base))
}

function pathOf(url: string): string {
  const path = new URL(url).pathname
  try {
    return `${decodeURIComponent(path).replace(/\/$/, '')}/`
  } catch {
    return `${path.replace(/\/$/, '')}/`
  }
}

/** A callback with parameters of the hub's behind its own query, which is kept byte for byte (WebSub §5.3). */
export function withParameters(callback: string, parameters: readonly [string, string][]): string {
  const query = parameters.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')
  return `${callback}${callback.includes('?') ? '&' : '?'}${query}`
}

function judgeHost(host: string, protocol: Protocol, allow: AllowList): string | undefined {
  // Where the URL parser reads something else than what is written (127.1, 0x7f.1, %31, １), the two are
  // different hosts to a person and to the connection: refused, whatever the meaning.
  const canonical = URL.parse(`${protocol}//${host}/`)?.hostname
  if (canonical === undefined || canonical === '') return NO_HOST
  if (canonical !== host) return `has its host in an unusual form; write ${canonical}.`

  const literal = host.replace(/^\[|\]$/g, '')
  if (parseIp(literal) !== undefined) return refusal(judgeAddress(literal, literal, protocol, allow))

  if (!isHostName(host)) return 'has a host that is neither a DNS name nor an IP address.'
  if (allow.names.has(host)) return undefined
  // These names mean loopback wherever they are resolved (RFC 6761 §6.3).
  if (/(^|\.)localhost$/.test(host)) return refusal(judgeAddress(host, '127.0.0.1', protocol, allow))
  if (!host.includes('.')) return `has the host ${host}, which is not a full domain name.`
  // What the name resolves to may be allow-listed: only the connection can tell.
  if (protocol === 'http:' && allow.inTheClear !== true && allow.ranges.length === 0)
    return 'is not https; only hosts that the operator allows may be called in the clear.'
  return undefined
}

function refusal(why: string | undefined): string | undefined {
  return why === undefined ? undefined : `is not allowed: ${why}`
}

function isPort(text: string): boolean {
  return /^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65_535
}
