import type { Middleware } from 'koa'
import { mayKeep } from '../../core/access.ts'
import { hashToken } from '../../core/token.ts'
import { topicsOf } from '../../core/topic.ts'
import { bodyOf } from './body.ts'
import { expiryOf } from './expiry.ts'
import { requireMade } from './made.ts'
import type { AdminParts } from './parts.ts'
import { idOf, notFound } from './resource.ts'
import { subscriberView } from './views.ts'

export function makeSubscriber({ registry, catalogue, clock, random }: AdminParts): Middleware {
  return async (ctx) => {
    const { id, tenant, topics, ...expiry } = bodyOf(ctx, 'NewSubscriber')
    topicsOf(topics, tenant, catalogue)
    const token = random.token()
    const now = clock.now()
    const subscriber = { id, tenant, topics, expires_at: expiryOf(expiry, now), created_at: now }
    requireMade(
      await registry.subscribers.make({ ...subscriber, token_hash: hashToken(token) }),
      'subscriber',
    )
    ctx.status = 201
    // The one time that the token is shown: the store has its hash alone.
    ctx.body = { ...subscriberView({ ...subscriber, former_until: null }), token }
  }
}

/** The token stays the same. */
export function changeSubscriber({ registry, catalogue, clock, url, wake }: AdminParts): Middleware {
  return async (ctx) => {
    const { topics } = bodyOf(ctx, 'SubscriberChange')
    const id = idOf(ctx)
    const before = await registry.subscribers.get(id)
    if (before !== undefined) topicsOf(topics, before.tenant, catalogue)
    const subscriber = await registry.subscribers.change(id, {
      topics,
      mayKeep: mayKeep(url),
      now: clock.now(),
    })
    if (subscriber === undefined) throw notFound('/subscribers')
    ctx.res.once('finish', () => wake('verify'))
    ctx.body = subscriberView(subscriber)
  }
}
