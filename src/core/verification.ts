/** Verification of intent (WebSub §5.3): the callback must repeat a challenge before anything changes. */
import { nextWait } from './backoff.ts'
import { withParameters } from './callback.ts'
import { type Exchange, isSuccess } from './exchange.ts'

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
  /** The operator answers for the callback, which is not asked. */
  vouched?: boolean
  /** How often it was asked before. */
  attempts: number
}

/** Waits before asking, or telling, again after a fault or a 5xx, in milliseconds. */
const VERIFICATION_WAITS = [2_000, 10_000, 30_000] as const

/** The URL to GET: the callback's own query byte for byte, ours behind it. */
export function verificationUrl(intent: Intent, challenge: string): string {
  const parameters: [string, string][] = [
    ['hub.mode', intent.mode],
    ['hub.topic', intent.topic],
    ['hub.challenge', challenge],
  ]
  if (intent.mode === 'subscribe') parameters.push(['hub.lease_seconds', String(intent.leaseSeconds)])
  if (intent.verifyToken !== undefined) parameters.push(['hub.verify_token', intent.verifyToken])
  return withParameters(intent.callback, parameters)
}

/** `retry` (no answer, or a 5xx) asks again; `refused` is the callback's word, or the guard's, or no word for too long. */
export type IntentVerdict =
  { kind: 'confirmed' } | { kind: 'refused'; why: string } | { kind: 'retry'; why: string; waitMs: number }

/**
 * Confirmed by 2xx and a body equal to the challenge to the byte: no trimming, no redirect.
 *
 * @param challenge undefined where nothing was asked: a denial is heard when it is answered 2xx
 * @param attempts how often it was asked, this time included
 * @param fraction a random number from 0 up to 1
 */
export function judgeIntent(
  exchange: Exchange,
  challenge: string | undefined,
  attempts: number,
  fraction: number,
): IntentVerdict {
  const unclear = (why: string): IntentVerdict => {
    const waitMs = nextWait(VERIFICATION_WAITS, attempts, fraction)
    return waitMs === undefined ? { kind: 'refused', why } : { kind: 'retry', why, waitMs }
  }
  if (exchange.kind === 'fault') {
    const why = `no answer (${exchange.fault}: ${exchange.detail})`
    return exchange.fault === 'forbidden' ? { kind: 'refused', why } : unclear(why)
  }
  const { status, body } = exchange
  if (status >= 500) return unclear(`the callback answered ${status}`)
  if (!isSuccess(status)) return { kind: 'refused', why: `the callback answered ${status}` }
  if (challenge === undefined || body.equals(Buffer.from(challenge))) return { kind: 'confirmed' }
  return { kind: 'refused', why: `the callback answered ${status} without repeating the challenge exactly` }
}
