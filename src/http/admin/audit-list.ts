/** `GET /admin/v1/audit`. */
import type { Middleware } from 'koa'
import type { AdminParts } from './parts.ts'
import { pageRequest } from './query.ts'

export function listAudit({ audit }: Pick<AdminParts, 'audit'>): Middleware {
  return async (ctx) => {
    const { items, next } = await audit.list(pageRequest(ctx))
    ctx.body = {
      items: items.map(({ at, ...entry }) => ({ ...entry, at: new Date(at).toISOString() })),
      next,
    }
  }
}
