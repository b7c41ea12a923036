import type { Middleware } from 'koa'
import { mayKeep } from '../../core/access.ts'
import { hashToken } from '../../core/token.ts'
import { topicsOf } from '../../core/topic.ts'
import { bodyOf } from './body.ts'
import { expiryOf } from './expiry.ts'
import { requireMade } from './made.ts'
import type { AdminParts } from './parts.ts'
import { found, idOf } from './resource.ts'
import { subscriberView } from './views.ts'

/** Time enough to bring a new token to the subscriber, in seconds. */
const OVERLAP = 3_600

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
    const { tenant } = found(ctx, await registry.subscribers.get(id))
    topicsOf(topics, tenant, catalogue)
    const change = { topics, mayKeep: mayKeep(url), now: clock.now() }
    const subscriber = found(ctx, await registry.subscribers.change(id, change))
    ctx.res.once('finish', () => wake('verify'))
    ctx.body = subscriberView(subscriber)
  }
}

/** A new token, while the old one is good for a little longer. */
export function rotateSubscriber({ registry, clock, random }: AdminParts): Middleware {
  return async (ctx) => {
    const { overlap_seconds: overlap = OVERLAP, ...expiry } = bodyOf(ctx, 'TokenRotation')
    const now = clock.now()
    const token = random.token()
    const rotation = {
      ...{ token_hash: hashToken(token), now, overlapMs: overlap * 1_000 },
      ...(Object.keys(expiry).length > 0 && { expires_at: expiryOf(expiry, now) }),
    }
    const subscriber = found(ctx, await registry.subscribers.rotate(idOf(ctx), rotation))
    ctx.body = { ...subscriberView(subscriber), token }
  }
}
