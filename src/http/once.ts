/** Headers of which Node would take the first, and whoever stands before the hub perhaps the last. */
import type { Middleware } from 'koa'
import { Refusal } from '../core/errors.ts'

/** A second `Host` is to be refused (RFC 9112 §3.2); a second `Authorization` is two senders. */
const ONCE = ['host', 'authorization'] as const

export const requireOnce: Middleware = (ctx, next) => {
  for (const name of ONCE) {
    if ((ctx.req.headersDistinct[name]?.length ?? 0) > 1) {
      throw new Refusal('malformed', `The header ${name} is there more than once; send it once.`)
    }
  }
  return next()
}
