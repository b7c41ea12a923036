/** Who asks, and whether they may. Scopes are declared with each operation in `schema/openapi.json`, and nowhere else. */
import type { Context } from 'koa'
import { type Admin, lacking, ROOT } from '../../core/admin.ts'
import { Refusal } from '../../core/errors.ts'
import { createPace } from '../../core/pace.ts'
import { hashToken, tokenMatches } from '../../core/token.ts'
import { bearerToken } from '../bearer.ts'
import { countedAs } from '../client.ts'
import { operationOf } from './operation.ts'
import type { AdminParts } from './parts.ts'

/** Whoever got in, or at least has shown who they are. */
export const adminOf = (ctx: Context): Admin | undefined => (ctx.state as { admin?: Admin }).admin

/** Wrong tokens that an address may send. */
const GUESSES = { burst: 10, everyMs: 10_000 }

/** @returns what throws a Refusal unless an admin asks, and one who may */
export function requireAdmin({
  admins,
  rootTokenHash,
  clock,
}: Pick<AdminParts, 'admins' | 'rootTokenHash' | 'clock'>): (ctx: Context) => Promise<void> {
  const guesses = createPace(GUESSES)

  const find = async (token: string): Promise<Admin | undefined> =>
    tokenMatches(token, rootTokenHash) ? ROOT : admins.byToken(hashToken(token), clock.now())

  return async (ctx) => {
    ctx.set('Cache-Control', 'no-store')
    const client = countedAs(ctx)
    const wait = guesses.wait(client, clock.now())
    if (wait > 0) {
      // A right token is not looked at either: else nothing would be slower for whoever guesses.
      ctx.set('Retry-After', String(Math.ceil(wait / 1_000)))
      throw new Refusal('too-many', 'Too many wrong tokens came from this address; try again later.')
    }
    const token = bearerToken(ctx)
    const admin = token === undefined ? undefined : await find(token)
    if (admin === undefined) {
      if (token !== undefined) guesses.count(client, clock.now())
      throw new Refusal(
        'unauthenticated',
        'The token of an admin is needed; send it as Authorization: Bearer <token>.',
      )
    }
    const state = ctx.state as { admin?: Admin }
    state.admin = admin
    const missing = lacking(admin, operationOf(ctx).scopes)
    if (missing.length > 0) {
      throw new Refusal('forbidden', `This token may not do that: it lacks the scope ${missing.join(', ')}.`)
    }
  }
}
