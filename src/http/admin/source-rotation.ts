/** `POST /admin/v1/sources/{id}/rotate`: a new secret, while the old one is good for a little longer. */
import type { Middleware } from 'koa'
import { readCredentials, writeCredentials } from '../../core/credentials.ts'
import { Refusal } from '../../core/errors.ts'
import { sourceAuthContext } from '../../core/sealing.ts'
import { bodyOf } from './body.ts'
import type { AdminParts } from './parts.ts'
import { found, idOf } from './resource.ts'
import { sourceView } from './views.ts'

/** Time enough to bring the new secret to the provider, in seconds. */
const OVERLAP = 3_600

export function rotateSource({ registry, vault, clock, random, url }: AdminParts): Middleware {
  return async (ctx) => {
    const { overlap_seconds: overlap = OVERLAP, secret: given } = bodyOf(ctx, 'Rotation')
    const secret = given ?? random.token()
    const id = idOf(ctx)
    const context = sourceAuthContext(id)
    const until = clock.now() + overlap * 1_000
    const reseal = (sealed: string): string => {
      const { auth } = readCredentials(vault.open(sealed, context))
      if (!('secret' in auth)) throw new Refusal('malformed', `auth.method ${auth.method} has no secret.`)
      const credentials = {
        auth: { ...auth, secret },
        ...(overlap > 0 && { former: { auth, until } }),
      }
      return vault.seal(writeCredentials(credentials), context)
    }
    const source = found(ctx, await registry.sources.reseal(id, reseal))
    ctx.body = {
      ...sourceView(url)(source),
      auth: { method: source.auth_method, ...(given === undefined && { secret }) },
      old_secret_until: new Date(until).toISOString(),
    }
  }
}
