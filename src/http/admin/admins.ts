import type { Middleware } from 'koa'
import { hashToken } from '../../core/token.ts'
import { bodyOf } from './body.ts'
import { expiryOf } from './expiry.ts'
import { requireMade } from './made.ts'
import type { AdminParts } from './parts.ts'
import { view } from './views.ts'

export function makeAdmin({ admins, clock, random }: AdminParts): Middleware {
  return async (ctx) => {
    const { id, scopes, ...expiry } = bodyOf(ctx, 'NewAdmin')
    const now = clock.now()
    const admin = { id, scopes, expires_at: expiryOf(expiry, now), created_at: now }
    const token = random.token()
    requireMade(await admins.make({ ...admin, token_hash: hashToken(token) }), 'admin')
    ctx.status = 201
    // The one time that the token is shown: the store has its hash alone.
    ctx.body = { ...view(admin), token }
  }
}
