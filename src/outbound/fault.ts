/**
 * Why there was no answer, in the hub's words. Sentences are made here and never taken from an error: a
 * library's message may repeat the URL, a header or the receiver's bytes.
 */
import type { Fault } from '../core/exchange.ts'

/** A fault that the hub itself found; its message is safe to show. */
export class OutboundError extends Error {
  readonly fault: Fault

  constructor(fault: Fault, message: string) {
    super(message)
    this.name = 'OutboundError'
    this.fault = fault
  }
}

const SENTENCES: Record<Exclude<Fault, 'unsealed'>, string> = {
  forbidden: 'The address is not allowed.',
  dns: 'The name could not be resolved.',
  connect: 'There was no connection, or it broke before the answer was complete.',
  tls: 'The TLS handshake or the certificate was not acceptable.',
  timeout: 'There was no complete answer in time.',
  protocol: 'The request or the answer was not valid HTTP.',
}

export function toFault(error: unknown): { fault: Fault; detail: string } {
  if (error instanceof OutboundError) return { fault: error.fault, detail: error.message }
  const code = codeOf(error)
  const fault = classify(code)
  return { fault, detail: code === '' ? SENTENCES[fault] : `${SENTENCES[fault]} (${code})` }
}

/** Codes of Node's sockets and OpenSSL, and of undici (`UND_ERR_…`) with its parser llhttp (`HPE_…`). */
function classify(code: string): Exclude<Fault, 'unsealed'> {
  if (code === 'ETIMEDOUT' || /^UND_ERR_.*_TIMEOUT$/.test(code)) return 'timeout'
  if (/^(ERR_TLS_|ERR_SSL_|EPROTO$|CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH)/.test(code)) {
    return 'tls'
  }
  if (/^(E[A-Z]+|UND_ERR_(SOCKET|DESTROYED|CLOSED|ABORTED))$/.test(code)) return 'connect'
  return 'protocol'
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' && /^[A-Z0-9_]{1,64}$/.test(code) ? code : ''
}
