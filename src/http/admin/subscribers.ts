import type { Middleware } from 'koa'
import { hashToken } from '../../core/token.ts'
import { topicsOf } from '../../core/topic.ts'
import { checkedBody } from './body.ts'
import { requireMade } from './made.ts'
import type { AdminParts } from './parts.ts'
import { view } from './views.ts'

export function makeSubscriber({ api, registry, catalogue, clock, random }: AdminParts): Middleware {
  return async (ctx) => {
    const { id, tenant, topics } = checkedBody(ctx, api, 'NewSubscriber')
    topicsOf(topics, tenant, catalogue)
    const token = random.token()
    const subscriber = { id, tenant, topics, created_at: clock.now() }
    requireMade(
      await registry.subscribers.make({ ...subscriber, token_hash: hashToken(token) }),
      'subscriber',
    )
    ctx.status = 201
    // The one time that the token is shown: the store has its hash alone.
    ctx.body = { ...view(subscriber), token }
  }
}
