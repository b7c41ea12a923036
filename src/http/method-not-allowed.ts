import type { Middleware } from 'koa'

/** 405 with `Allow` for a path that is there and a method that is not (RFC 9110 §15.5.6), OPTIONS included. */
export const methodNotAllowed: Middleware = async (ctx, next) => {
  await next()
  const layers = (ctx.matched as { methods: string[] }[] | undefined) ?? []
  const allowed = [...new Set(layers.flatMap((layer) => layer.methods))]
  if (ctx.status !== 404 || allowed.length === 0 || allowed.includes(ctx.method)) return
  ctx.set('Allow', allowed.join(', '))
  ctx.status = 405
  ctx.type = 'text/plain; charset=utf-8'
  ctx.body = `${ctx.method} is not allowed here; use ${allowed.join(' or ')}.\n`
}
