/** Verification of intent (WebSub §5.3): the callback must repeat a challenge before anything changes. */
import type { Exchange } from './ports.ts'

export type IntentMode = 'subscribe' | 'unsubscribe'

/** A request to subscribe or unsubscribe that waits for its callback's word. */
export interface Intent {
  id: string
  mode: IntentMode
  topic: string
  callback: string
  /** Granted, in seconds; of no meaning on unsubscribe. */
  leaseSeconds: number
  /** PubSubHubbub 0.3: repeated in the verification request when the subscriber gave one. */
  verifyToken?: string
  /** How often it was asked before. */
  attempts: number
}

/** Waits before asking again after a fault or a 5xx, in milliseconds. After the last the intent is dropped. */
export const VERIFICATION_WAITS = [2_000, 10_000, 30_000] as const

/** The URL to GET: the callback's own query byte for byte, ours behind it. */
export function verificationUrl(intent: Intent, challenge: string): string {
  const parameters: [string, string][] = [
    ['hub.mode', intent.mode],
    ['hub.topic', intent.topic],
    ['hub.challenge', challenge],
  ]
  if (intent.mode === 'subscribe') parameters.push(['hub.lease_seconds', String(intent.leaseSeconds)])
  if (intent.verifyToken !== undefined) parameters.push(['hub.verify_token', intent.verifyToken])
  return appendQuery(intent.callback, parameters)
}

/** Never through a URL parser, which would rewrite what the subscriber wrote. */
function appendQuery(callback: string, parameters: [string, string][]): string {
  const query = parameters.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')
  return `${callback}${callback.includes('?') ? '&' : '?'}${query}`
}

/** `unclear` (no answer, or a 5xx) is worth asking again; `refused` is the callback's word, or the guard's. */
export type IntentAnswer = { kind: 'confirmed' } | { kind: 'refused' | 'unclear'; why: string }

/** Confirmed by 2xx and a body equal to the challenge to the byte: no trimming, no redirect. */
export function judgeIntent(exchange: Exchange, challenge: string): IntentAnswer {
  if (exchange.kind === 'fault') {
    const why = `no answer (${exchange.fault}: ${exchange.detail})`
    return { kind: exchange.fault === 'forbidden' ? 'refused' : 'unclear', why }
  }
  const { status, body } = exchange
  if (status >= 500) return { kind: 'unclear', why: `the callback answered ${status}` }
  if (status < 200 || status >= 300) return { kind: 'refused', why: `the callback answered ${status}` }
  if (!body.equals(Buffer.from(challenge))) {
    return { kind: 'refused', why: `the callback answered ${status} without repeating the challenge exactly` }
  }
  return { kind: 'confirmed' }
}
