/** One attempt: prepare → send → judge. What came of it is a value; whoever holds the queue records it. */
import { type Failure, judgeDelivery, type Verdict } from '../core/delivery.ts'
import type { Receipt, Sendable, Settled, Settlement } from '../core/delivery-ports.ts'
import type { Exchange } from '../core/exchange.ts'
import { EXCERPT_BYTES, excerptOf } from '../core/excerpt.ts'
import type { Observer, Outbound, OutboundRequest, Surroundings, Vault } from '../core/ports.ts'
import { contentContext, secretContext, webhookHeadersContext } from '../core/sealing.ts'
import { claimsText } from '../core/set.ts'
import { hubSignature, type SignatureAlg } from '../core/signature.ts'
import { isPage } from '../core/web-topic.ts'
import { type SignAgainParts, upToDate } from './sign-again.ts'

export interface DeliverParts
  extends SignAgainParts, Pick<Surroundings, 'url' | 'vault' | 'clock' | 'random' | 'observer'> {
  /** The hub endpoint as it is advertised. */
  hubUrl: string
  outbound: Outbound
  settings: { retrySchedule: readonly number[]; timeoutMs: number; signatureAlg: SignatureAlg }
}

/** @returns what is to be recorded, and what was judged, from which follows how its queue goes on */
export async function deliver(
  parts: DeliverParts,
  asStored: Sendable,
): Promise<{ settled: Settled; verdict: Verdict }> {
  const { body } = asStored
  // The same bytes at every attempt, unless their key was revoked.
  const sendable = typeof body === 'string' ? { ...asStored, body: await upToDate(parts, body) } : asStored
  const at = parts.clock.now()
  const { id, attempts, waitingSince } = sendable
  // Nobody waited for less than nothing: the clock was set back.
  parts.observer.sending({ delivery: id, attempt: attempts + 1, waitedMs: Math.max(0, at - waitingSince) })
  const distribution = prepare(parts, sendable)
  const exchange = 'kind' in distribution ? distribution : await parts.outbound.send(distribution)
  const schedule = parts.settings.retrySchedule
  const now = parts.clock.now()
  const verdict = judgeDelivery(exchange, sendable, { schedule, fraction: parts.random.fraction(), now })
  const receipt = receiptOf(parts.vault, sendable, { exchange, verdict, at })
  tell(parts.observer, sendable, verdict, receipt)
  return { settled: { id, settlement: settlementOf(verdict, sendable, now), receipt }, verdict }
}

/** WebSub §7. What cannot be made is an attempt that failed, so that it holds up nothing behind it. */
function prepare(parts: DeliverParts, sendable: Sendable): OutboundRequest | Exchange {
  try {
    const content = contentOf(parts.vault, sendable)
    return {
      method: 'POST',
      url: sendable.receiver.callback,
      headers: {
        ...addedHeaders(parts.vault, sendable),
        ...distributionHeaders(parts, sendable, content),
      },
      body: content.body,
      // A SET never, whatever its topic is called (RFC 8417 §5.1).
      inTheClear: typeof sendable.body !== 'string' && isPage(sendable.receiver.topic, parts.url),
      timeoutMs: parts.settings.timeoutMs,
      maxBodyBytes: EXCERPT_BYTES,
      // Any 2xx is success.
      ignoreSuccessBody: true,
    }
  } catch (error) {
    parts.observer.pumpFailed({ pump: 'deliver', error })
    return { kind: 'fault', fault: 'unsealed', detail: 'What is to be sent does not open.', ms: 0 }
  }
}

interface Content {
  contentType: string
  body: string | Buffer
}

/** In the form that the receiver can read. */
function contentOf(vault: Vault, { contentType, body, receiver: { webhook } }: Sendable): Content {
  // A registered topic's content is opened as late as it can be, and is bytes, whatever its characters.
  if (typeof body !== 'string')
    return { contentType, body: Buffer.from(vault.open(body.sealed, contentContext(body.jti)), 'latin1') }
  if (webhook?.format !== 'json') return { contentType, body }
  return { contentType: 'application/json', body: claimsText(body) }
}

/** Those of the webhook; their names are none of the hub's own (`core/webhook-headers.ts`), which win at any rate. */
function addedHeaders(vault: Vault, { receiver: { webhook } }: Sendable): Record<string, string> {
  if (webhook?.headersSealed === undefined) return {}
  return JSON.parse(vault.open(webhook.headersSealed, webhookHeadersContext(webhook.id))) as Record<
    string,
    string
  >
}

/** WebSub §7 and RFC 8935 §2.1 at once. */
function distributionHeaders(
  { hubUrl, vault, settings }: DeliverParts,
  { receiver: { topic, callback, secretSealed } }: Sendable,
  { contentType, body }: Content,
): Record<string, string> {
  const headers: Record<string, string> = {
    'Content-Type': contentType,
    Accept: 'application/json',
    Link: `<${hubUrl}>; rel="hub", <${topic}>; rel="self"`,
  }
  if (secretSealed !== undefined) {
    const secret = vault.open(secretSealed, secretContext(topic, callback))
    headers['X-Hub-Signature'] = hubSignature(settings.signatureAlg, secret, body)
  }
  return headers
}

function receiptOf(
  vault: Vault,
  sendable: Sendable,
  { exchange, verdict, at }: { exchange: Exchange; verdict: Verdict; at: number },
): Receipt {
  const outcome = outcomeOf(verdict)
  if (exchange.kind === 'fault') return { at, ms: exchange.ms, outcome }
  const { ms, status, body } = exchange
  // Who says what it was sent must not have the webhook's headers shown: they are not shown to their owner.
  const said =
    outcome === 'delivered' ? undefined : excerptOf(body, Object.values(addedHeaders(vault, sendable)))
  return { at, ms, outcome, status, ...(said !== undefined && { said }) }
}

function outcomeOf(verdict: Verdict): 'delivered' | Failure {
  if (verdict.kind === 'delivered') return 'delivered'
  return verdict.kind === 'gone' ? 'refused' : verdict.outcome
}

function settlementOf(verdict: Verdict, { rejections }: Sendable, now: number): Settlement {
  switch (verdict.kind) {
    case 'delivered':
      return { state: 'delivered' }
    case 'dead':
      return { state: 'dead' }
    case 'gone':
      return { state: 'dead', endSubscription: 'the callback answered 410 Gone' }
    case 'retry':
      return {
        state: 'waiting',
        dueAt: now + verdict.waitMs,
        rejections: rejections + Number(verdict.outcome === 'rejected'),
      }
  }
}

/** One line per attempt; what the receiver said may hold anything, and is not told. */
function tell(
  observer: Observer,
  { id, receiver, attempts }: Sendable,
  verdict: Verdict,
  { ms, status }: Receipt,
): void {
  observer.attempted({
    delivery: id,
    subscription: receiver.subscription,
    host: receiver.host,
    attempt: attempts + 1,
    outcome: outcomeOf(verdict),
    verdict: verdict.kind,
    ms,
    ...(status !== undefined && { status }),
  })
}
