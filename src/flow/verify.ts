/** Asks a callback whether it meant it: challenge → send → judge → settle. */
import { splitUrl } from '../core/callback.ts'
import { type Intent, type IntentVerdict, judgeIntent, verificationUrl } from '../core/verification.ts'
import type { Clock, Observer, Outbound, Random } from '../core/ports.ts'
import type { IntentQueue, IntentSettlement } from '../core/store-ports.ts'

export interface VerifyParts {
  queue: IntentQueue
  outbound: Outbound
  clock: Clock
  random: Random
  observer: Observer
  settings: { timeoutMs: number }
}

export async function verify(parts: VerifyParts, intent: Intent & { claim: string }): Promise<void> {
  const { queue, clock, observer } = parts
  const askedAt = clock.now()
  const verdict: IntentVerdict = intent.vouched === true ? { kind: 'confirmed' } : await ask(parts, intent)
  await queue.settle(intent, settlementOf(verdict, askedAt, clock.now()))

  const { mode, topic, callback } = intent
  const why = verdict.kind === 'confirmed' ? {} : { why: verdict.why }
  observer.intentSettled({ mode, topic, host: splitUrl(callback).host, outcome: verdict.kind, ...why })
}

async function ask({ outbound, random, settings }: VerifyParts, intent: Intent): Promise<IntentVerdict> {
  // A new one each time: an answer to an earlier question proves nothing.
  const challenge = random.token()
  const exchange = await outbound.send({
    method: 'GET',
    url: verificationUrl(intent, challenge),
    headers: {},
    timeoutMs: settings.timeoutMs,
    // One byte more than the challenge shows an echo that is too long.
    maxBodyBytes: Buffer.byteLength(challenge) + 1,
  })
  return judgeIntent(exchange, challenge, intent.attempts + 1, random.fraction())
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
