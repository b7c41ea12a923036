/** `POST /admin/v1/subscribers/{id}/rotate`: a new token, while the old one is good for a little longer. */
import type { Middleware } from 'koa'
import { hashToken } from '../../core/token.ts'
import { bodyOf } from './body.ts'
import { expiryOf } from './expiry.ts'
import type { AdminParts } from './parts.ts'
import { idOf, notFound } from './resource.ts'
import { subscriberView } from './views.ts'

/** Time enough to bring the new token to the subscriber, in seconds. */
const OVERLAP = 3_600

export function rotateSubscriber({ registry, clock, random }: AdminParts): Middleware {
  return async (ctx) => {
    const { overlap_seconds: overlap = OVERLAP, ...expiry } = bodyOf(ctx, 'TokenRotation')
    const now = clock.now()
    const token = random.token()
    const subscriber = await registry.subscribers.rotate(idOf(ctx), {
      ...{ token_hash: hashToken(token), now, overlapMs: overlap * 1_000 },
      ...(Object.keys(expiry).length > 0 && { expires_at: expiryOf(expiry, now) }),
    })
    if (subscriber === undefined) throw notFound('/subscribers')
    ctx.body = { ...subscriberView(subscriber), token }
  }
}
