import type { Middleware } from 'koa'
import { Refusal } from '../../core/errors.ts'
import { bodyOf } from './body.ts'
import type { AdminParts } from './parts.ts'
import { timeOf } from './query.ts'
import { found, idOf, notFound } from './resource.ts'
import { view } from './views.ts'

export function changeSubscription({ registry, clock, wake }: AdminParts): Middleware {
  return async (ctx) => {
    const { paused } = bodyOf(ctx, 'SubscriptionChange')
    const id = idOf(ctx)
    const outcome = await registry.subscriptions.pause(id, paused, clock.now())
    if (outcome === 'inactive')
      throw new Refusal('conflict', 'The subscription is not active; there is nothing to pause or resume.')
    const subscription = found(ctx, await registry.subscriptions.get(id))
    ctx.res.once('finish', () => wake('deliver'))
    ctx.body = view(subscription)
  }
}

export function replaySubscription({ replays, clock }: AdminParts): Middleware {
  return async (ctx) => {
    const body = bodyOf(ctx, 'Replay')
    const since = timeOf('since', body.since)
    const until = body.until === undefined ? Number.MAX_SAFE_INTEGER : timeOf('until', body.until)
    if (until <= since) throw new Refusal('malformed', 'until is not later than since.')
    const begun = await replays.begin(idOf(ctx), { since, until }, clock.now())
    if (begun === 'unknown') throw notFound(ctx)
    if (begun === 'inactive') {
      throw new Refusal('conflict', 'The subscription is not active; have it verified or resume it first.')
    }
    ctx.status = 202
    ctx.body = begun
  }
}
