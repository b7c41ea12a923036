/** What follows from a callback's word, whether it was asked (`verify`) or told (`deny`). */
import { splitUrl } from '../core/callback.ts'
import type { Outbound, Surroundings } from '../core/ports.ts'
import type { ClaimedIntent, IntentQueue, IntentSettlement } from '../core/store-ports.ts'
import type { IntentVerdict } from '../core/verification.ts'

export interface IntentParts extends Pick<Surroundings, 'url' | 'clock' | 'random' | 'observer'> {
  queue: IntentQueue
  outbound: Outbound
  settings: { timeoutMs: number }
}

/** @param askedAt when the request went out, in milliseconds since 1970 */
export async function settleIntent(
  { queue, clock, observer }: IntentParts,
  intent: ClaimedIntent,
  verdict: IntentVerdict,
  askedAt: number,
): Promise<void> {
  await queue.settle(intent, settlementOf(verdict, askedAt, clock.now()))
  const { mode, topic, callback } = intent
  const why = verdict.kind === 'confirmed' ? {} : { why: verdict.why }
  observer.intentSettled({ mode, topic, host: splitUrl(callback).host, outcome: verdict.kind, ...why })
}

function settlementOf(verdict: IntentVerdict, askedAt: number, now: number): IntentSettlement {
  switch (verdict.kind) {
    case 'confirmed':
      // As of the question: a lease is never longer than the challenge said, and an answer that took its time
      // does not make a renewal a new life.
      return { outcome: 'confirmed', now: askedAt }
    case 'refused':
      return { outcome: 'refused', why: verdict.why, now }
    case 'retry':
      return { outcome: 'retry', why: verdict.why, dueAt: now + verdict.waitMs, now }
  }
}
