/** `X-Hub-Signature` (WebSub §7.1): proof that the hub sent these very bytes. */
import { createHmac } from 'node:crypto'

export const SIGNATURE_ALGS = ['sha256', 'sha384', 'sha512', 'sha1'] as const
export type SignatureAlg = (typeof SIGNATURE_ALGS)[number]

/** The header's value, `<method>=<hex>`, over the exact body that goes out. */
export function hubSignature(alg: SignatureAlg, secret: string, body: string | Buffer): string {
  return `${alg}=${createHmac(alg, secret).update(body).digest('hex')}`
}
