/** Request bodies of the admin API, once they are known to be of the form that the description promises. */
import type { Context } from 'koa'
import type { AdminApi } from '../../catalogue/admin-api.ts'
import type { Scope } from '../../core/admin.ts'
import { Refusal } from '../../core/errors.ts'
import type { Disclosable, SecretAuth, SourceAuth } from '../../core/source.ts'
import type { SubscribePolicy } from '../../core/store-ports.ts'
import type { WebhookWords } from '../../flow/webhook.ts'
import { jsonOf } from './json-body.ts'

/** When a token ends: one of the two, or never. */
export interface Expiry {
  expires_at?: string
  expires_in_seconds?: number
}

/** As `schema/openapi.json` has them, by name. */
export interface Bodies {
  NewTenant: { id: string; subscribe?: SubscribePolicy; confirm_public?: boolean }
  TenantChange: { subscribe: SubscribePolicy; confirm_public?: boolean }
  NewSource: {
    id: string
    tenant: string
    provider: string
    issuer: string
    auth: Exclude<SourceAuth, SecretAuth> | (Omit<SecretAuth, 'secret'> & { secret?: string })
    disclose?: Disclosable[]
    max_age?: number | null
    topic_prefix?: string
    publish_unmapped?: boolean
  }
  SourceChange: Partial<
    Pick<Bodies['NewSource'], 'issuer' | 'auth' | 'disclose' | 'max_age' | 'publish_unmapped'>
  >
  Rotation: { overlap_seconds?: number; secret?: string }
  NewAdmin: { id: string; scopes: Scope[] } & Expiry
  NewSubscriber: { id: string; tenant: string; topics: string[] } & Expiry
  TokenRotation: { overlap_seconds?: number } & Expiry
  SubscriberChange: { topics: string[] }
  NewWebhook: Pick<WebhookWords, 'name' | 'url' | 'topics'> &
    Partial<Omit<WebhookWords, 'paused'>> & { tenant: string }
  WebhookChange: Partial<WebhookWords>
  Erasure: { tenant: string; sub_id: Record<string, unknown> & { format: string } }
  SubscriptionChange: { paused: boolean }
  Replay: { since: string; until?: string }
}

/** @throws Refusal `malformed` with every fault of the body, `unsupported-type` when it is not JSON */
export function checkedBody<Name extends keyof Bodies>(
  ctx: Context,
  api: AdminApi,
  name: Name,
): Bodies[Name] {
  if (ctx.is('json') === false) {
    throw new Refusal('unsupported-type', 'The body is not JSON; send Content-Type: application/json.')
  }
  const body = jsonOf(ctx)
  const problems = api.check(name, body)
  if (problems.length > 0) throw new Refusal('malformed', `The body cannot be used: ${problems.join('; ')}.`)
  return body as Bodies[Name]
}

/** The same of a body that need not be there. */
export function optionalBody<Name extends keyof Bodies>(
  ctx: Context,
  api: AdminApi,
  name: Name,
): Bodies[Name] | Record<string, never> {
  const isEmpty = Number(ctx.get('Content-Length')) === 0 && ctx.get('Transfer-Encoding') === ''
  return isEmpty ? {} : checkedBody(ctx, api, name)
}
