/** `GET /admin/v1/audit`. */
import type { Middleware } from 'koa'
import type { AdminParts } from './parts.ts'
import { pageRequest } from './query.ts'

export function listAudit({ api, audit }: Pick<AdminParts, 'api' | 'audit'>): Middleware {
  const query = api.queryOf('/audit')
  return async (ctx) => {
    const { items, next } = await audit.list(pageRequest(ctx, query))
    ctx.body = {
      items: items.map(({ at, ...entry }) => ({ ...entry, at: new Date(at).toISOString() })),
      next,
    }
  }
}
