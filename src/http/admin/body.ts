/**
 * Request bodies of the admin API: what the body parser takes is held to what publishers' JSON is held to as well, and
 * to the form that the operation's description promises.
 */
import type { Context, Middleware } from 'koa'
import bodyParser from 'koa-bodyparser'
import type { Scope } from '../../core/admin.ts'
import { Refusal } from '../../core/errors.ts'
import type { Disclosable, SecretAuth, SourceAuth } from '../../core/source.ts'
import type { SubscribePolicy } from '../../core/store-ports.ts'
import { parseStrictJson } from '../../core/strict-json.ts'
import type { WebhookWords } from '../../flow/webhook.ts'
import { requirePlain } from '../raw-body.ts'
import { operationOf } from './operation.ts'

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

/** @param limit in bytes */
export function readBody(limit: number): Middleware {
  const parse = bodyParser({
    enableTypes: ['json'],
    jsonLimit: String(limit),
    onerror: (error) => {
      throw (error as { status?: number }).status === 413
        ? new Refusal('too-large', `The body is larger than ${limit} bytes.`, { cause: error })
        : new Refusal('malformed', 'The body is not a JSON object, or has a member __proto__.', {
            cause: error,
          })
    },
  })
  return async (ctx, next) => {
    requirePlain(ctx)
    await parse(ctx, async () => {
      const { rawBody } = ctx.request as { rawBody?: string }
      if (ctx.is('json') && rawBody) {
        ;(ctx.state as { json?: unknown }).json = parseStrictJson(Buffer.from(rawBody))
      }
      requireDescribed(ctx)
      await next()
    })
  }
}

/** @throws Refusal `malformed` with every fault of the body, `unsupported-type` when it is not JSON */
function requireDescribed(ctx: Context): void {
  const { body } = operationOf(ctx)
  const isEmpty = Number(ctx.get('Content-Length')) === 0 && ctx.get('Transfer-Encoding') === ''
  if (body === undefined || (isEmpty && !body.required)) return
  if (ctx.is('json') === false) {
    throw new Refusal('unsupported-type', 'The body is not JSON; send Content-Type: application/json.')
  }
  const problems = body.check(jsonOf(ctx))
  if (problems.length > 0) throw new Refusal('malformed', `The body cannot be used: ${problems.join('; ')}.`)
}

/** What was read; undefined where there was no body, or none in JSON. */
export const jsonOf = (ctx: Context): unknown => (ctx.state as { json?: unknown }).json

/** What was read, of the form that the operation describes; nothing where there need not be a body, and is none. */
export function bodyOf<Name extends keyof Bodies>(ctx: Context, name: Name): Bodies[Name] {
  const described = operationOf(ctx).body?.schema
  if (described !== name)
    throw new Error(`The body of this operation is described as ${described}, not ${name}.`)
  return (jsonOf(ctx) ?? {}) as Bodies[Name]
}
