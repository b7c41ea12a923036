/** Asks a callback whether it meant it: challenge → send → judge → settle. */
import { nextWait } from '../core/backoff.ts'
import { splitUrl } from '../core/callback.ts'
import { judgeIntent, VERIFICATION_WAITS, verificationUrl } from '../core/intent.ts'
import type { Clock, Observer, Outbound, Random } from '../core/ports.ts'
import type { ClaimedIntent, IntentQueue, IntentSettlement } from '../core/store-ports.ts'

export interface VerifyParts {
  queue: IntentQueue
  outbound: Outbound
  clock: Clock
  random: Random
  observer: Observer
  settings: { timeoutMs: number }
}

export async function verify(parts: VerifyParts, intent: ClaimedIntent): Promise<void> {
  const { queue, outbound, clock, random, observer } = parts
  // A new one each time: an answer to an earlier question proves nothing.
  const challenge = random.token()
  const askedAt = clock.now()
  const exchange = await outbound.send({
    method: 'GET',
    url: verificationUrl(intent, challenge),
    headers: {},
    timeoutMs: parts.settings.timeoutMs,
    // One byte more than the challenge shows an echo that is too long.
    maxBodyBytes: Buffer.byteLength(challenge) + 1,
  })
  const answer = judgeIntent(exchange, challenge)

  const settlement = ((): IntentSettlement => {
    if (answer.kind === 'confirmed') return { outcome: 'confirmed', now: askedAt }
    const now = clock.now()
    const wait =
      answer.kind === 'unclear'
        ? nextWait(VERIFICATION_WAITS, intent.attempts + 1, random.fraction())
        : undefined
    if (wait === undefined) return { outcome: 'refused', why: answer.why, now }
    return { outcome: 'retry', why: answer.why, dueAt: now + wait, now }
  })()
  await queue.settle(intent, settlement)

  const { mode, topic, callback } = intent
  const why = answer.kind === 'confirmed' ? {} : { why: answer.why }
  observer.intentSettled({ mode, topic, host: splitUrl(callback).host, outcome: settlement.outcome, ...why })
}
