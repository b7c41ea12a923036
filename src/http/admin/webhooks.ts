import type { Context, Middleware } from 'koa'
import { changeWebhook, makeWebhook, type WebhookWords } from '../../flow/webhook.ts'
import { bodyOf } from './body.ts'
import type { AdminParts } from './parts.ts'
import { found, idOf } from './resource.ts'
import { webhookView } from './views.ts'

const BY_DEFAULT = {
  description: '',
  headers: {},
  format: 'jwt',
  verification: 'challenge',
  paused: false,
} as const satisfies Partial<WebhookWords>

export function makeWebhookFrom(parts: AdminParts): Middleware {
  return async (ctx) => {
    const { tenant, secret, ...given } = bodyOf(ctx, 'NewWebhook')
    const made = secret === undefined ? { secret: parts.random.token() } : {}
    const words = { ...BY_DEFAULT, ...given, secret, ...made } as WebhookWords
    const id = await makeWebhook(parts.webhook, tenant, words)
    wakeAfter(ctx, parts)
    ctx.status = 202
    // A secret that was made is shown this one time.
    ctx.body = { ...(await shown(ctx, parts, id)), ...made }
  }
}

export function changeWebhookFrom(parts: AdminParts): Middleware {
  return async (ctx) => {
    const body = bodyOf(ctx, 'WebhookChange')
    const id = idOf(ctx)
    const changed = found(ctx, await changeWebhook(parts.webhook, id, body))
    wakeAfter(ctx, parts)
    ctx.status = changed.verifying ? 202 : 200
    ctx.body = await shown(ctx, parts, id)
  }
}

async function shown(ctx: Context, { registry, url }: AdminParts, id: string): Promise<object> {
  // It may be deleted by another request meanwhile.
  return webhookView(url)(found(ctx, await registry.webhooks.get(id)))
}

/** After the answer: the receiver may be the very program that waits for it. */
function wakeAfter(ctx: Context, { wake }: AdminParts): void {
  ctx.res.once('finish', () => {
    wake('verify')
    wake('deliver')
  })
}
