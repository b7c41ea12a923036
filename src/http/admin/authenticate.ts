/** Who asks, and whether they may. Scopes are declared with each operation in `schema/openapi.json`, and nowhere else. */
import type { Context, Middleware } from 'koa'
import type { AdminApi } from '../../catalogue/admin-api.ts'
import { type Admin, lacking, ROOT } from '../../core/admin.ts'
import type { Admins } from '../../core/admin-ports.ts'
import { Refusal } from '../../core/errors.ts'
import { createGuesses } from '../../core/guesses.ts'
import type { Clock } from '../../core/ports.ts'
import { hashToken, tokenMatches } from '../../core/token.ts'
import { bearerToken } from '../bearer.ts'
import { clientOf } from '../client.ts'
import { routeOf } from '../refusals.ts'

export interface AuthenticateParts {
  api: Pick<AdminApi, 'scopesOf'>
  admins: Pick<Admins, 'byToken'>
  /** SHA-256 of root's token, in hex. */
  rootTokenHash: string
  clock: Clock
}

/** Whoever got in, or at least has shown who they are. */
export const adminOf = (ctx: Context): Admin | undefined => (ctx.state as { admin?: Admin }).admin

/** The route as it is described: `/admin/v1/tenants/{id}`. */
export const describedRoute = (ctx: Context): string => routeOf(ctx).replace(/:(\w+)/g, '{$1}')

export function requireAdmin({ api, admins, rootTokenHash, clock }: AuthenticateParts): Middleware {
  const guesses = createGuesses()

  const find = async (token: string): Promise<Admin | undefined> =>
    tokenMatches(token, rootTokenHash) ? ROOT : admins.byToken(hashToken(token), clock.now())

  return async (ctx, next) => {
    ctx.set('Cache-Control', 'no-store')
    const scopes = api.scopesOf(ctx.method, describedRoute(ctx))
    const address = clientOf(ctx) ?? ''
    const wait = guesses.wait(address, clock.now())
    if (wait > 0) {
      // A right token is not looked at either: else nothing would be slower for whoever guesses.
      ctx.set('Retry-After', String(Math.ceil(wait / 1_000)))
      throw new Refusal('too-many', 'Too many wrong tokens came from this address; try again later.')
    }
    const token = bearerToken(ctx)
    const admin = token === undefined ? undefined : await find(token)
    if (admin === undefined) {
      if (token !== undefined) guesses.wrong(address, clock.now())
      throw new Refusal(
        'unauthenticated',
        'The token of an admin is needed; send it as Authorization: Bearer <token>.',
      )
    }
    const state = ctx.state as { admin?: Admin }
    state.admin = admin
    const missing = lacking(admin, scopes)
    if (missing.length > 0) {
      throw new Refusal('forbidden', `This token may not do that: it lacks the scope ${missing.join(', ')}.`)
    }
    await next()
  }
}
