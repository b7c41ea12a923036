/** An operator's webhook, made or changed: judged, sealed, and its subscriptions asked for like any other. */
import type { AllowList } from '../core/address.ts'
import { checkCallback, splitUrl } from '../core/callback.ts'
import { Refusal } from '../core/errors.ts'
import { webhookOwner } from '../core/owner.ts'
import type { Surroundings } from '../core/ports.ts'
import type { Webhooks } from '../core/registry-ports.ts'
import { secretContext, webhookHeadersContext, webhookSecretContext } from '../core/sealing.ts'
import type { SetFormat } from '../core/set.ts'
import { MAX_SECRET_BYTES } from '../core/subscribe-request.ts'
import { topicsOf, topicUrl } from '../core/topic.ts'
import { checkWebhookHeaders } from '../core/webhook-headers.ts'
import type { WantedSubscription, Webhook, WebhookVerification } from '../core/webhook.ts'

export interface WebhookParts extends Pick<
  Surroundings,
  'url' | 'catalogue' | 'vault' | 'clock' | 'random' | 'observer'
> {
  webhooks: Pick<Webhooks, 'make' | 'change'>
  outboundAllow: AllowList
  /** Seconds: nobody asks for another. */
  lease: number
}

/** What an operator says of a webhook. */
export interface WebhookWords {
  name: string
  description: string
  url: string
  headers: Record<string, string>
  topics: string[]
  secret: string
  format: SetFormat
  verification: WebhookVerification
  paused: boolean
}

/**
 * @returns its id, once it is durable
 * @throws Refusal; nothing has changed then
 */
export async function makeWebhook(parts: WebhookParts, tenant: string, words: WebhookWords): Promise<string> {
  judge(parts, words)
  const id = parts.random.uuid()
  const { headers, secret, ...kept } = words
  const webhook: Webhook = {
    ...kept,
    id,
    tenant,
    ...sealedHeaders(parts, id, headers),
    secret_sealed: sealedSecret(parts, id, secret),
    created_at: parts.clock.now(),
  }
  const outcome = await parts.webhooks.make(webhook, subscriptionsOf(parts, webhook))
  if (outcome === 'no-tenant') throw new Refusal('unknown', 'There is no such tenant; make it first.')
  if (outcome === 'taken') throw taken()
  report(parts, webhook, outcome.asked)
  return id
}

/**
 * Name, description, headers, format and pause hold at once. What the callback must agree to holds once it has; it is
 * also asked again for whatever ended meanwhile.
 *
 * @returns whether something is to be verified, once all is durable; undefined when there is no such webhook
 * @throws Refusal; nothing has changed then
 */
export async function changeWebhook(
  parts: WebhookParts,
  id: string,
  words: Partial<WebhookWords>,
): Promise<{ verifying: boolean } | undefined> {
  judge(parts, words)
  const { headers, secret, ...kept } = words
  const verifies = (['url', 'topics', 'secret', 'verification'] as const).some((name) => name in words)
  let changed: Webhook | undefined
  const outcome = await parts.webhooks.change(
    id,
    (before) => {
      const webhook: Webhook = {
        ...before,
        ...kept,
        ...(headers !== undefined && sealedHeaders(parts, id, headers)),
        ...(secret !== undefined && { secret_sealed: sealedSecret(parts, id, secret) }),
      }
      changed = webhook
      const wanted = verifies && { wanted: subscriptionsOf(parts, webhook) }
      return { webhook, ...wanted, pausing: words.paused !== undefined }
    },
    parts.clock.now(),
  )
  if (outcome === 'taken') throw taken()
  if (outcome === 'unknown' || changed === undefined) return undefined
  report(parts, changed, outcome.asked)
  return { verifying: outcome.asked.length > 0 }
}

/** What the form of the words cannot say. */
function judge(
  { outboundAllow, url: hub }: WebhookParts,
  { url, headers, secret }: Partial<WebhookWords>,
): void {
  const refuse = (field: string, fault: string | undefined): void => {
    if (fault !== undefined) throw new Refusal('malformed', `${field} ${fault}`)
  }
  if (url !== undefined) refuse('url', checkCallback(url, outboundAllow, hub))
  if (headers !== undefined) refuse('headers', checkWebhookHeaders(headers))
  // Counted in bytes, which the description of the body cannot do.
  if (secret !== undefined && Buffer.byteLength(secret) > MAX_SECRET_BYTES)
    refuse('secret', 'is 200 bytes or longer; give one of at most 199 bytes.')
}

const sealedSecret = ({ vault }: WebhookParts, id: string, secret: string): string =>
  vault.seal(secret, webhookSecretContext(id))

function sealedHeaders(
  { vault }: WebhookParts,
  id: string,
  headers: Record<string, string>,
): Pick<Webhook, 'header_names' | 'headers_sealed'> {
  const names = Object.keys(headers)
  const sealed = () => vault.seal(JSON.stringify(headers), webhookHeadersContext(id))
  return { header_names: names, headers_sealed: names.length === 0 ? null : sealed() }
}

/** One for each of its topics, all with its secret. */
function subscriptionsOf(parts: WebhookParts, webhook: Webhook): WantedSubscription[] {
  const { vault } = parts
  const { id, tenant, url, paused } = webhook
  const { origin, host } = splitUrl(url)
  const secret = vault.open(webhook.secret_sealed, webhookSecretContext(id))
  const vouched = webhook.verification === 'operator'
  const owner = webhookOwner(id)
  const common = { tenant, owner, paused, renewing: true, origin, host, now: parts.clock.now() }
  return topicsOf(webhook.topics, tenant, parts.catalogue).map((named) => {
    const topic = topicUrl(parts.url, named)
    const context = secretContext(topic, url)
    return {
      request: {
        ...common,
        intent: {
          id: parts.random.uuid(),
          mode: 'subscribe',
          topic,
          callback: url,
          leaseSeconds: parts.lease,
          vouched,
          attempts: 0,
        },
        secretSealed: vault.seal(secret, context),
      },
      isMetBy: (held) =>
        held.vouched === vouched &&
        held.secretSealed !== null &&
        vault.open(held.secretSealed, context) === secret,
    }
  })
}

function report(
  { observer }: WebhookParts,
  { id, tenant, url, verification }: Webhook,
  asked: readonly string[],
): void {
  if (asked.length === 0) return
  if (verification === 'operator') observer.vouched({ webhook: id, tenant })
  const { host } = splitUrl(url)
  for (const topic of asked) observer.intentQueued({ mode: 'subscribe', topic, host })
}

const taken = (): Refusal =>
  new Refusal('conflict', 'Another has this URL on one of the topics, or waits for it; choose another URL.')
