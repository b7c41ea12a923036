/**
 * Signing in the JWS compact serialization (RFC 7515 §7.1). Not by `jose`, which signs by WebCrypto: its job for each
 * signature costs a hub that signs every event more than the signature does.
 */
import { constants, type KeyObject, sign, type SignKeyObjectInput, verify } from 'node:crypto'
import { promisify } from 'node:util'
import type { SigningAlg } from '../core/key-ports.ts'

/** How Node makes each algorithm's signature (RFC 7518 §3, RFC 8037 §3.1). */
const METHODS: Record<SigningAlg, { hash: string | null; options?: Omit<SignKeyObjectInput, 'key'> }> = {
  ES256: { hash: 'sha256', options: { dsaEncoding: 'ieee-p1363' } },
  RS256: { hash: 'sha256' },
  PS256: {
    hash: 'sha256',
    options: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST },
  },
  EdDSA: { hash: null },
}

/** RSA takes ten times as long, and is left to another thread. */
const isSlow = (alg: SigningAlg): boolean => alg === 'RS256' || alg === 'PS256'

const signElsewhere = promisify<string | null, Buffer, SignKeyObjectInput, Buffer>(sign)

const base64url = (text: string): string => Buffer.from(text).toString('base64url')

export interface JwsHeader {
  alg: SigningAlg
  kid: string
  typ: string
}

/** As it stands in every token that `compactJws` makes under this header. */
export const encodedHeader = ({ typ, alg, kid }: JwsHeader): string =>
  base64url(JSON.stringify({ typ, alg, kid }))

/** Whether this key signed the token; its header is not looked at. */
export function isSignedBy(token: string, alg: SigningAlg, publicKey: KeyObject): boolean {
  const [header = '', payload = '', signature = ''] = token.split('.')
  const { hash, options } = METHODS[alg]
  const data = Buffer.from(`${header}.${payload}`)
  return verify(hash, data, { key: publicKey, ...options }, Buffer.from(signature, 'base64url'))
}

/** @returns what signs a payload with this key, under this header */
export function compactJws(header: JwsHeader, privateKey: KeyObject): (payload: string) => Promise<string> {
  const first = encodedHeader(header)
  const { hash, options } = METHODS[header.alg]
  const key = { key: privateKey, ...options }
  return async (payload) => {
    const input = `${first}.${base64url(payload)}`
    const data = Buffer.from(input)
    const signature = isSlow(header.alg) ? await signElsewhere(hash, data, key) : sign(hash, data, key)
    return `${input}.${signature.toString('base64url')}`
  }
}
