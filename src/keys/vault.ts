/** Encryption at rest: AES-256-GCM under keys derived from the one secret key. */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'
import type { Fingerprint, Vault } from '../core/ports.ts'

const VERSION = 'v1'
const IV_BYTES = 12
const TAG_BYTES = 16

/** Texts that were opened lately: the same secret is wanted for every delivery and every request. */
const REMEMBERED = 1_000

/** Secrets are short; relayed content is not, and is opened once. */
const REMEMBERED_LENGTH = 2_000

/** @param secretKey 32 bytes */
export function createVault(secretKey: Buffer): Vault {
  const key = derive(secretKey, 'signet seal')
  const opened = new Map<string, { context: string; plain: string }>()
  const remember = (sealed: string, text: { context: string; plain: string }): void => {
    const [oldest] = opened.keys()
    if (opened.size >= REMEMBERED && oldest !== undefined) opened.delete(oldest)
    opened.set(sealed, text)
  }
  return {
    seal(plain, context) {
      const iv = randomBytes(IV_BYTES)
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(context))
      const sealed = Buffer.concat([iv, cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()])
      return `${VERSION}.${sealed.toString('base64url')}`
    },
    open(sealed, context) {
      const known = opened.get(sealed)
      if (known?.context === context) return known.plain
      const [version, text = ''] = sealed.split('.')
      if (version !== VERSION) throw new Error(`sealed in another form than ${VERSION}`)
      const bytes = Buffer.from(text, 'base64url')
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES), {
        authTagLength: TAG_BYTES,
      })
      decipher.setAAD(Buffer.from(context)).setAuthTag(bytes.subarray(-TAG_BYTES))
      const plain = decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES))
      const whole = Buffer.concat([plain, decipher.final()]).toString('utf8')
      if (sealed.length <= REMEMBERED_LENGTH) remember(sealed, { context, plain: whole })
      return whole
    },
  }
}

/** Keyed, so that nobody can find a name by hashing guesses. 128 bits in hex. */
export function createFingerprint(secretKey: Buffer): Fingerprint {
  const key = derive(secretKey, 'signet fingerprint')
  return (text) => createHmac('sha256', key).update(text).digest('hex').slice(0, 32)
}

/** One secret, a key of its own for each purpose (RFC 5869). */
function derive(secretKey: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secretKey, Buffer.alloc(0), purpose, 32))
}
