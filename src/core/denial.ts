/** Telling a callback that it gets nothing more (WebSub §5.2). What it answers changes nothing. */
import { nextWait } from './backoff.ts'
import { withParameters } from './callback.ts'
import { type Exchange, isSuccess } from './exchange.ts'
import { VERIFICATION_WAITS } from './verification.ts'

/** A denial that waits to be told. */
export interface Denial {
  id: string
  mode: 'denied'
  topic: string
  callback: string
  /** For the subscriber. */
  reason: string
  /** How often it was tried before. */
  attempts: number
}

/** The URL to GET. */
export const denialUrl = ({ callback, topic, reason }: Denial): string =>
  withParameters(callback, [
    ['hub.mode', 'denied'],
    ['hub.topic', topic],
    ['hub.reason', reason],
  ])

/** `retry` (no answer, or a 5xx) tells it again; `unheard` gives up. */
export type DenialVerdict =
  { kind: 'heard' } | { kind: 'unheard'; why: string } | { kind: 'retry'; why: string; waitMs: number }

/**
 * @param attempts how often it was tried, this time included
 * @param fraction a random number from 0 up to 1
 */
export function judgeDenial(exchange: Exchange, attempts: number, fraction: number): DenialVerdict {
  if (exchange.kind === 'answer' && isSuccess(exchange.status)) return { kind: 'heard' }
  const why =
    exchange.kind === 'fault'
      ? `no answer (${exchange.fault}: ${exchange.detail})`
      : `the callback answered ${exchange.status}`
  const mayChange = exchange.kind === 'fault' ? exchange.fault !== 'forbidden' : exchange.status >= 500
  const waitMs = mayChange ? nextWait(VERIFICATION_WAITS, attempts, fraction) : undefined
  return waitMs === undefined ? { kind: 'unheard', why } : { kind: 'retry', why, waitMs }
}
