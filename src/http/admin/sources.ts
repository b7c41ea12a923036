import type { Middleware } from 'koa'
import { Refusal } from '../../core/errors.ts'
import { sourceAuthContext } from '../../core/sealing.ts'
import { DISCLOSED_BY_DEFAULT, HUB_SOURCE } from '../../core/source.ts'
import { bodyOf } from './body.ts'
import { requireMade } from './made.ts'
import type { AdminParts } from './parts.ts'
import { authFor, requireNativeNames, shown } from './source-auth.ts'
import { sourceView } from './views.ts'

/** What came to a source that was just made. */
const NOTHING_YET = { last_accepted_at: null, last_refused_at: null, last_refused_why: null }

/** Seconds. Logto's signatures have no time of their own: what somebody kept would be good for ever. */
const MAX_AGE_BY_DEFAULT: ReadonlyMap<string, number> = new Map([['logto', 86_400]])

export function makeSource(parts: AdminParts): Middleware {
  const { registry, catalogue, vault, clock, url } = parts
  return async (ctx) => {
    const body = bodyOf(ctx, 'NewSource')
    const { id, tenant, provider, issuer } = body
    if (id === HUB_SOURCE) throw new Refusal('conflict', `The id ${id} is the hub’s own; choose another.`)
    if (body.topic_prefix !== undefined && provider !== 'asgardeo') {
      throw new Refusal('malformed', `topic_prefix is for asgardeo; ${provider} registers no topics.`)
    }
    if (body.publish_unmapped !== undefined) requireNativeNames(provider, catalogue)
    const auth = authFor(parts, provider, body.auth)
    const source = {
      id,
      tenant,
      provider,
      issuer,
      auth_method: auth.method,
      disclose: body.disclose ?? [...DISCLOSED_BY_DEFAULT],
      max_age: body.max_age === undefined ? (MAX_AGE_BY_DEFAULT.get(provider) ?? null) : body.max_age,
      topic_prefix: body.topic_prefix ?? null,
      publish_unmapped: body.publish_unmapped ?? false,
      created_at: clock.now(),
    }
    const auth_sealed = vault.seal(JSON.stringify(auth), sourceAuthContext(id))
    requireMade(await registry.sources.make({ ...source, auth_sealed }), 'source')
    ctx.status = 201
    ctx.body = {
      ...sourceView(url)({ ...source, ...NOTHING_YET }),
      auth: shown(body.auth, auth),
    }
  }
}
