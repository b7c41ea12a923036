import type { Middleware } from 'koa'
import { Refusal } from '../../core/errors.ts'
import { bodyOf } from './body.ts'
import type { AdminParts } from './parts.ts'
import { idOf, notFound } from './resource.ts'
import { view } from './views.ts'

export function changeSubscription({ registry, clock, wake }: AdminParts): Middleware {
  return async (ctx) => {
    const { paused } = bodyOf(ctx, 'SubscriptionChange')
    const id = idOf(ctx)
    const outcome = await registry.subscriptions.pause(id, paused, clock.now())
    if (outcome === 'inactive')
      throw new Refusal('conflict', 'The subscription is not active; there is nothing to pause or resume.')
    const subscription = await registry.subscriptions.get(id)
    if (subscription === undefined) throw notFound('/subscriptions')
    ctx.res.once('finish', () => wake('deliver'))
    ctx.body = view(subscription)
  }
}
