/** Headers that an operator adds to a webhook's deliveries, e.g. the key of an API gateway. */

/** A token (RFC 9110 §5.6.2). */
const NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/
/** Printable ASCII without white space at its ends: nothing that could begin another header (RFC 9110 §5.5). */
const VALUE = /^[!-~]([ -~]{0,4094}[!-~])?$/
const AT_MOST = 20

/** Names that HTTP or the connection owns, or that the hub says something with. */
const OWNED = new Set([
  ...['connection', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'expect', 'host', 'via'],
  ...['http2-settings', 'max-forwards', 'date', 'user-agent', 'link'],
  ...['accept', 'accept-charset', 'accept-encoding', 'accept-language', 'accept-ranges'],
])
/** `content-type` and its like say what the body is; `x-hub-…` proves whose it is. */
const OWNED_BEGINNING = /^(content-|proxy-|x-hub-)/

/**
 * @returns undefined, or what is wrong, to be read after the name of the field; never holds a value
 */
export function checkWebhookHeaders(headers: Readonly<Record<string, string>>): string | undefined {
  const names = Object.keys(headers)
  if (names.length > AT_MOST) return `has more than ${AT_MOST} headers.`
  const seen = new Set<string>()
  for (const [name, value] of Object.entries(headers)) {
    const fault = nameFault(name) ?? (VALUE.test(value) ? undefined : valueFault(name))
    if (fault !== undefined) return fault
    const lower = name.toLowerCase()
    if (seen.has(lower)) return `has ${lower} twice; the case of a name makes no difference.`
    seen.add(lower)
  }
  return undefined
}

function nameFault(name: string): string | undefined {
  if (!NAME.test(name)) return 'has a name that no header can have; give a token of at most 100 characters.'
  const lower = name.toLowerCase()
  if (!OWNED.has(lower) && !OWNED_BEGINNING.test(lower)) return undefined
  return `has ${lower}, which the hub or HTTP itself sets; leave it out.`
}

const valueFault = (name: string): string =>
  `has a value of ${name} that cannot be sent; give 1 to 4096 characters of printable ASCII, without spaces at its ends.`
