import type { Middleware } from 'koa'
import { mayKeep } from '../../core/access.ts'
import { Refusal } from '../../core/errors.ts'
import type { SubscribePolicy } from '../../core/store-ports.ts'
import { bodyOf } from './body.ts'
import { requireMade } from './made.ts'
import type { AdminParts } from './parts.ts'
import { found, idOf } from './resource.ts'
import { tenantView } from './views.ts'

export function makeTenant({ registry, clock, url }: AdminParts): Middleware {
  return async (ctx) => {
    const body = bodyOf(ctx, 'NewTenant')
    const { id, subscribe = 'token' } = body
    requireConfirmed(subscribe, body.confirm_public)
    const tenant = { id, subscribe, created_at: clock.now() }
    requireMade(await registry.tenants.make(tenant), 'tenant')
    ctx.status = 201
    ctx.body = tenantView(url)(tenant)
  }
}

export function changeTenant({ registry, clock, url, wake }: AdminParts): Middleware {
  return async (ctx) => {
    const { subscribe, confirm_public } = bodyOf(ctx, 'TenantChange')
    requireConfirmed(subscribe, confirm_public)
    const change = { subscribe, mayKeep: mayKeep(url), now: clock.now() }
    const tenant = found(ctx, await registry.tenants.change(idOf(ctx), change))
    ctx.res.once('finish', () => wake('verify'))
    ctx.body = tenantView(url)(tenant)
  }
}

function requireConfirmed(subscribe: SubscribePolicy, confirmed: boolean | undefined): void {
  if (subscribe === 'token' || confirmed === true) return
  throw new Refusal(
    'malformed',
    'subscribe: open lets anyone read this tenant; say "confirm_public": true as well.',
  )
}
