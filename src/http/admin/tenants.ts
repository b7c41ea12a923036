import type { Middleware } from 'koa'
import { Refusal } from '../../core/errors.ts'
import { checkedBody } from './body.ts'
import { requireMade } from './made.ts'
import type { AdminParts } from './parts.ts'
import { tenantView } from './views.ts'

export function makeTenant({ api, registry, clock, url }: AdminParts): Middleware {
  return async (ctx) => {
    const body = checkedBody(ctx, api, 'NewTenant')
    const { id, subscribe = 'token' } = body
    if (subscribe === 'open' && body.confirm_public !== true) {
      throw new Refusal(
        'malformed',
        'subscribe: open lets anyone read this tenant; say "confirm_public": true as well.',
      )
    }
    const tenant = { id, subscribe, created_at: clock.now() }
    requireMade(await registry.tenants.make(tenant), 'tenant')
    ctx.status = 201
    ctx.body = tenantView(url)(tenant)
  }
}
