import type { Middleware } from 'koa'
import { Refusal } from '../../core/errors.ts'
import { sourceAuthContext } from '../../core/sealing.ts'
import { DISCLOSED_BY_DEFAULT, type SourceAuth } from '../../core/source.ts'
import { checkedBody } from './body.ts'
import { requireMade } from './made.ts'
import type { AdminParts } from './parts.ts'
import { sourceView } from './views.ts'

export function makeSource({ api, registry, providers, vault, clock, random, url }: AdminParts): Middleware {
  return async (ctx) => {
    const body = checkedBody(ctx, api, 'NewSource')
    const { id, tenant, provider, issuer } = body
    const adapter = providers.get(provider)
    const methods = adapter?.authMethods ?? []
    if (!methods.includes(body.auth.method)) {
      throw new Refusal(
        'malformed',
        `${provider} cannot prove itself so; auth.method is one of ${methods.join(', ')}.`,
      )
    }
    if (body.max_age !== undefined && adapter?.maxAge === undefined) {
      throw new Refusal('malformed', `max_age does not belong to a source of ${provider}.`)
    }
    const auth = { ...body.auth, secret: body.auth.secret ?? random.token() } as SourceAuth
    const source = {
      id,
      tenant,
      provider,
      issuer,
      auth_method: auth.method,
      disclose: body.disclose ?? [...DISCLOSED_BY_DEFAULT],
      max_age: body.max_age ?? adapter?.maxAge ?? null,
      created_at: clock.now(),
    }
    const auth_sealed = vault.seal(JSON.stringify(auth), sourceAuthContext(id))
    requireMade(await registry.sources.make({ ...source, auth_sealed }), 'source')
    ctx.status = 201
    // The one time that the secret is shown.
    ctx.body = { ...sourceView(url)(source), auth }
  }
}
