/** The ways to prove oneself that are no provider's own: a secret in a header, or where one comes from. */
import { createHmac, hash, timingSafeEqual } from 'node:crypto'
import { liesIn } from '../core/address.ts'
import type { SourceAuth } from '../core/source.ts'
import type { NativeRequest } from './provider.ts'

/** Whether the request has what `auth` asks for; `hmac` is the provider's own business, `jwt` the token's. */
export function proves(request: NativeRequest, auth: SourceAuth): boolean {
  switch (auth.method) {
    case 'bearer':
      return sameBytes(scheme('bearer', request), auth.secret)
    case 'basic': {
      const encoded = scheme('basic', request)?.toString('latin1')
      const pair = encoded === undefined ? undefined : Buffer.from(encoded, 'base64')
      return sameBytes(pair, `${auth.username}:${auth.secret}`)
    }
    case 'header':
      return sameBytes(bytes(request.headers[auth.name.toLowerCase()]), auth.secret)
    case 'network':
      return request.peer !== undefined && liesIn(request.peer, auth.allow_from)
    case 'hmac':
    case 'jwt':
      return false
  }
}

/** Whether a header holds the hex HMAC-SHA256 of these bytes, as several providers sign. */
export function signs(header: string | undefined, secret: string, ...signed: (string | Buffer)[]): boolean {
  if (secret === '') return false
  const hmac = createHmac('sha256', secret)
  for (const part of signed) hmac.update(part)
  return sameBytes(bytes(header), hmac.digest('hex'))
}

/**
 * Compares digests, so that neither the place of the first difference nor the secret's length shows in time.
 */
function sameBytes(given: Buffer | undefined, expected: string): boolean {
  const matches = timingSafeEqual(digest(given ?? ''), digest(expected))
  // An empty secret would be matched by a missing header.
  return matches && given !== undefined && expected !== ''
}

const digest = (data: Buffer | string): Buffer => hash('sha256', data, 'buffer')

/** The credentials of an `Authorization` header (RFC 9110 §11.4) with this scheme. */
function scheme(name: string, request: NativeRequest): Buffer | undefined {
  const [given, credentials] = request.headers.authorization?.split(/ +/, 2) ?? []
  return given?.toLowerCase() === name ? bytes(credentials) : undefined
}

/** Header values are bytes that Node shows as Latin-1. */
function bytes(header: string | undefined): Buffer | undefined {
  return header === undefined ? undefined : Buffer.from(header, 'latin1')
}
