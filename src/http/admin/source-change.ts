/** `PATCH /admin/v1/sources/{id}`: what is not named stays as it is; what is, holds for the next request. */
import type { Middleware } from 'koa'
import { sourceAuthContext } from '../../core/sealing.ts'
import { bodyOf } from './body.ts'
import type { AdminParts } from './parts.ts'
import { found, idOf } from './resource.ts'
import { authFor, requireNativeNames, shown } from './source-auth.ts'
import { sourceView } from './views.ts'

export function changeSource(parts: AdminParts): Middleware {
  const { registry, catalogue, vault, url } = parts
  return async (ctx) => {
    const { auth: given, ...changes } = bodyOf(ctx, 'SourceChange')
    const id = idOf(ctx)
    const source = found(ctx, await registry.sources.get(id))
    if (changes.publish_unmapped !== undefined) requireNativeNames(source.provider, catalogue)
    const auth = given && authFor(parts, source.provider, given)
    const all = {
      ...changes,
      // Whatever was good before, a secret that was rotated away included, is good no longer.
      ...(auth && {
        auth_method: auth.method,
        auth_sealed: vault.seal(JSON.stringify(auth), sourceAuthContext(id)),
      }),
    }
    const changed = found(ctx, await registry.sources.change(id, all))
    ctx.body = { ...sourceView(url)(changed), ...(given && auth && { auth: shown(given, auth) }) }
  }
}
