/** One attempt: load → send → judge → settle. The receipt is written before the attempt counts as made. */
import { splitUrl } from '../core/callback.ts'
import { judgeDelivery, type Verdict } from '../core/delivery.ts'
import { type Exchange, isSuccess } from '../core/exchange.ts'
import type { Clock, Observer, Outbound, Random, Vault } from '../core/ports.ts'
import { hubSignature, type SignatureAlg } from '../core/signature.ts'
import type { ClaimedDelivery, DeliveryQueue, Sendable, Settlement } from '../core/store-ports.ts'
import { contentContext, secretContext, webhookHeadersContext } from '../core/sealing.ts'
import { claimsText } from '../core/set.ts'
import { isPage } from '../core/web-topic.ts'

export interface DeliverParts {
  /** The hub's public base URL. */
  url: string
  /** The hub endpoint as it is advertised. */
  hubUrl: string
  queue: DeliveryQueue
  outbound: Outbound
  vault: Vault
  clock: Clock
  random: Random
  observer: Observer
  settings: { retrySchedule: readonly number[]; timeoutMs: number; signatureAlg: SignatureAlg }
}

export async function deliver(parts: DeliverParts, claimed: ClaimedDelivery): Promise<void> {
  // Read at the last moment: nothing goes out after an unsubscription, an expiry or a 410.
  const sendable = await parts.queue.load(claimed, parts.clock.now())
  if (sendable === undefined) return parts.queue.drop(claimed, parts.clock.now())

  const content = contentOf(parts.vault, sendable)
  const at = parts.clock.now()
  const exchange = await parts.outbound.send({
    method: 'POST',
    url: sendable.callback,
    headers: { ...addedHeaders(parts.vault, sendable), ...distributionHeaders(parts, sendable, content) },
    body: content.body,
    // A SET never, whatever its topic is called (RFC 8417 §5.1).
    inTheClear: typeof sendable.body !== 'string' && isPage(sendable.topic, parts.url),
    timeoutMs: parts.settings.timeoutMs,
    // Any 2xx is success, however its body comes or does not come (WebSub §7).
    maxBodyBytes: 0,
  })
  const attempt = sendable.attempts + 1
  const verdict = judgeDelivery(exchange, attempt, parts.settings.retrySchedule, parts.random.fraction())
  const outcome = outcomeOf(exchange)
  const status = exchange.kind === 'answer' ? { status: exchange.status } : {}
  await parts.queue.settle(claimed, settlementOf(verdict, parts.clock.now()), {
    at,
    ms: exchange.ms,
    outcome,
    ...status,
  })
  parts.observer.attempted({
    delivery: claimed.id,
    subscription: sendable.subscription,
    host: splitUrl(sendable.callback).host,
    attempt,
    outcome: verdict.kind === 'delivered' ? 'delivered' : `${outcome}, ${verdict.kind}`,
    ms: exchange.ms,
    ...status,
  })
}

interface Content {
  contentType: string
  body: string | Buffer
}

/** The same bytes at every attempt, in the form that the receiver can read. */
function contentOf(vault: Vault, { contentType, body, webhook }: Sendable): Content {
  // A registered topic's content is opened as late as it can be, and is bytes, whatever its characters.
  if (typeof body !== 'string')
    return { contentType, body: Buffer.from(vault.open(body.sealed, contentContext(body.jti)), 'latin1') }
  if (webhook?.format !== 'json') return { contentType, body }
  return { contentType: 'application/json', body: claimsText(body) }
}

/** Those of the webhook; their names are none of the hub's own (`core/webhook-headers.ts`), which win at any rate. */
function addedHeaders(vault: Vault, { webhook }: Sendable): Record<string, string> {
  if (webhook?.headersSealed === undefined) return {}
  return JSON.parse(vault.open(webhook.headersSealed, webhookHeadersContext(webhook.id))) as Record<
    string,
    string
  >
}

/** WebSub §7 and RFC 8935 §2.1 at once. */
function distributionHeaders(
  { hubUrl, vault, settings }: DeliverParts,
  sendable: Sendable,
  { contentType, body }: Content,
): Record<string, string> {
  const headers: Record<string, string> = {
    'Content-Type': contentType,
    Accept: 'application/json',
    Link: `<${hubUrl}>; rel="hub", <${sendable.topic}>; rel="self"`,
  }
  if (sendable.secretSealed !== undefined) {
    const secret = vault.open(sendable.secretSealed, secretContext(sendable.topic, sendable.callback))
    headers['X-Hub-Signature'] = hubSignature(settings.signatureAlg, secret, body)
  }
  return headers
}

function settlementOf(verdict: Verdict, now: number): Settlement {
  switch (verdict.kind) {
    case 'delivered':
      return { state: 'delivered' }
    case 'dead':
      return { state: 'dead' }
    case 'gone':
      return { state: 'dead', endSubscription: 'the callback answered 410 Gone' }
    case 'retry':
      return { state: 'waiting', dueAt: now + verdict.waitMs }
  }
}

function outcomeOf(exchange: Exchange): string {
  if (exchange.kind === 'fault') return exchange.fault
  return isSuccess(exchange.status) ? 'delivered' : 'refused'
}
