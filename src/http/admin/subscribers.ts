import type { Middleware } from 'koa'
import { Refusal } from '../../core/errors.ts'
import { hashToken } from '../../core/token.ts'
import { isInCatalogue } from '../../core/topic.ts'
import { checkedBody } from './body.ts'
import { requireMade } from './made.ts'
import type { AdminParts } from './parts.ts'
import { view } from './views.ts'

export function makeSubscriber({ api, registry, catalogue, clock, random }: AdminParts): Middleware {
  const exists = (pattern: string, tenant: string): boolean => {
    const [category, event, ...rest] = pattern.split('/')
    if (category === undefined || rest.length > 0) return false
    return isInCatalogue({ tenant, category, ...(event !== undefined && { event }) }, catalogue)
  }
  return async (ctx) => {
    const { id, tenant, topics } = checkedBody(ctx, api, 'NewSubscriber')
    if (!topics.every((pattern) => pattern === '*' || exists(pattern, tenant))) {
      throw new Refusal(
        'malformed',
        'topics holds something else than *, a category or category/event; GET /events lists them.',
      )
    }
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
