import type { Middleware } from 'koa'
import { Refusal } from '../../core/errors.ts'
import { tokenMatches } from '../../core/token.ts'
import { bearerToken } from '../bearer.ts'

/** @param hash SHA-256 of the admin token, in hex */
export function requireAdmin(hash: string): Middleware {
  return async (ctx, next) => {
    ctx.set('Cache-Control', 'no-store')
    const token = bearerToken(ctx)
    if (token === undefined || !tokenMatches(token, hash)) {
      throw new Refusal(
        'unauthenticated',
        'The admin token is needed; send it as Authorization: Bearer <token>.',
      )
    }
    await next()
  }
}
