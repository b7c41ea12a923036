/** Tells a callback that it gets nothing more: send → judge → settle. The subscription ended before. */
import { splitUrl } from '../core/callback.ts'
import { type Denial, denialUrl, type DenialVerdict, judgeDenial } from '../core/denial.ts'
import type { IntentSettlement } from '../core/store-ports.ts'
import type { VerifyParts } from './verify.ts'

export async function deny(parts: VerifyParts, denial: Denial & { claim: string }): Promise<void> {
  const { queue, outbound, clock, random, observer } = parts
  const exchange = await outbound.send({
    method: 'GET',
    url: denialUrl(denial),
    headers: {},
    timeoutMs: parts.settings.timeoutMs,
    maxBodyBytes: 0,
  })
  const verdict = judgeDenial(exchange, denial.attempts + 1, random.fraction())
  await queue.settle(denial, settlementOf(verdict, clock.now()))

  const { mode, topic, callback } = denial
  const why = verdict.kind === 'heard' ? {} : { why: verdict.why }
  observer.intentSettled({ mode, topic, host: splitUrl(callback).host, outcome: verdict.kind, ...why })
}

function settlementOf(verdict: DenialVerdict, now: number): IntentSettlement {
  switch (verdict.kind) {
    case 'heard':
      return { outcome: 'confirmed', now }
    case 'unheard':
      return { outcome: 'refused', why: verdict.why, now }
    case 'retry':
      return { outcome: 'retry', why: verdict.why, dueAt: now + verdict.waitMs, now }
  }
}
