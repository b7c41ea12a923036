/** `/metrics`: for Prometheus. It needs no token, and says nothing but numbers. */
import type { Middleware } from 'koa'

/** @param page what there is to say now, and the type that it is in */
export const metricsPage =
  (page: () => Promise<{ type: string; text: string }>): Middleware =>
  async (ctx) => {
    const { type, text } = await page()
    ctx.set('Cache-Control', 'no-store')
    ctx.body = text
    ctx.set('Content-Type', type)
  }
