/** Requests that no route took: 404, or 405 with `Allow` where another method would do (RFC 9110 §15.5.6). */
import type { Middleware } from 'koa'
import { asItsDoor } from './refusals.ts'

export const noRoute: Middleware = async (ctx, next) => {
  await next()
  if (ctx.status !== 404 || ctx.body) return
  const layers = (ctx.matched as { methods: string[] }[] | undefined) ?? []
  const allowed = [...new Set(layers.flatMap((layer) => layer.methods))]
  if (allowed.length === 0) {
    asItsDoor(ctx, 404, 'There is nothing at this address.')
    return
  }
  ctx.set('Allow', allowed.join(', '))
  asItsDoor(ctx, 405, `${ctx.method} is not allowed here; use ${allowed.join(' or ')}.`)
}
