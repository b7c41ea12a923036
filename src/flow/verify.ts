/** Asks a callback whether it meant it: challenge → send → judge → settle. */
import type { ClaimedIntent } from '../core/store-ports.ts'
import { type Intent, type IntentVerdict, judgeIntent, verificationUrl } from '../core/verification.ts'
import { isPage } from '../core/web-topic.ts'
import { type IntentParts, settleIntent } from './settle-intent.ts'

export async function verify(
  parts: IntentParts,
  intent: ClaimedIntent & { mode: Intent['mode'] },
): Promise<void> {
  const askedAt = parts.clock.now()
  const verdict: IntentVerdict = intent.vouched === true ? { kind: 'confirmed' } : await ask(parts, intent)
  await settleIntent(parts, intent, verdict, askedAt)
}

async function ask({ url, outbound, random, settings }: IntentParts, intent: Intent): Promise<IntentVerdict> {
  // A new one each time: an answer to an earlier question proves nothing.
  const challenge = random.token()
  const exchange = await outbound.send({
    method: 'GET',
    url: verificationUrl(intent, challenge),
    headers: {},
    inTheClear: isPage(intent.topic, url),
    timeoutMs: settings.timeoutMs,
    // One byte more than the challenge shows an echo that is too long.
    maxBodyBytes: Buffer.byteLength(challenge) + 1,
  })
  return judgeIntent(exchange, challenge, intent.attempts + 1, random.fraction())
}
