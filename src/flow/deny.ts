/** Tells a callback that it gets nothing more: send → judge → settle. The subscription ended before. */
import { type Denial, denialUrl } from '../core/denial.ts'
import { judgeIntent } from '../core/verification.ts'
import { isPage } from '../core/web-topic.ts'
import { type IntentParts, settleIntent } from './settle-intent.ts'

export async function deny(parts: IntentParts, denial: Denial & { claim: string }): Promise<void> {
  const { url, outbound, clock, random } = parts
  const toldAt = clock.now()
  const exchange = await outbound.send({
    method: 'GET',
    url: denialUrl(denial),
    headers: {},
    inTheClear: isPage(denial.topic, url),
    timeoutMs: parts.settings.timeoutMs,
    maxBodyBytes: 0,
  })
  const verdict = judgeIntent(exchange, undefined, denial.attempts + 1, random.fraction())
  await settleIntent(parts, denial, verdict, toldAt)
}
