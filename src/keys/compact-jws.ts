/**
 * Signing in the JWS compact serialization (RFC 7515 §7.1). Not by `jose`, which signs by WebCrypto: its job for each
 * signature costs a hub that signs every event more than the signature does.
 */
import { constants, type KeyObject, sign, type SignKeyObjectInput } from 'node:crypto'
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

const signElsewhere = promisify(
  (
    hash: string | null,
    data: Buffer,
    key: SignKeyObjectInput,
    done: (error: Error | null, made: Buffer) => void,
  ) => sign(hash, data, key, done),
)

const base64url = (text: string): string => Buffer.from(text).toString('base64url')

/** @returns what signs a payload with this key, under this header */
export function compactJws(
  header: { alg: SigningAlg; kid: string; typ: string },
  privateKey: KeyObject,
): (payload: string) => Promise<string> {
  const encodedHeader = base64url(JSON.stringify(header))
  const { hash, options } = METHODS[header.alg]
  const key = { key: privateKey, ...options }
  return async (payload) => {
    const input = `${encodedHeader}.${base64url(payload)}`
    const data = Buffer.from(input)
    const signature = isSlow(header.alg) ? await signElsewhere(hash, data, key) : sign(hash, data, key)
    return `${input}.${signature.toString('base64url')}`
  }
}
