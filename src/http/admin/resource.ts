/** What every resource of the admin API has: a list in pages, one by id, its removal. */
import type Router from '@koa/router'
import type { Context } from 'koa'
import { Refusal } from '../../core/errors.ts'
import type { PageRequest } from '../../core/list.ts'
import type { Readable, Removable } from '../../core/registry-ports.ts'
import { describedRoute } from './operation.ts'
import type { AdminParts } from './parts.ts'
import { pageRequest } from './query.ts'

/** What the list takes is described: `schema/openapi.json` has the parameters of its path. */
export function readable<T, Whole extends T, Filters>(
  router: Router,
  path: string,
  resource: Readable<T, Whole, Filters>,
  view: (record: T | Whole) => object,
): void {
  router.get(path, async (ctx) => {
    const { items, next } = await resource.list(pageRequest(ctx) as PageRequest & Filters)
    ctx.body = { items: items.map(view), next }
  })
  router.get(`${path}/:id`, async (ctx) => {
    const record = found(ctx, await resource.get(idOf(ctx)))
    ctx.body = view(record)
  })
}

/** Whoever loses something by it is told, once it is answered. */
export function removable(
  router: Router,
  path: string,
  resource: Removable,
  { clock, wake }: Pick<AdminParts, 'clock' | 'wake'>,
): void {
  router.delete(`${path}/:id`, async (ctx) => {
    if (!(await resource.remove(idOf(ctx), clock.now()))) throw notFound(ctx)
    ctx.res.once('finish', () => wake('verify'))
    ctx.status = 204
  })
}

/** The path's own. */
export const idOf = (ctx: Context): string => String((ctx.params as { id?: string }).id)

export function notFound(ctx: Context): Refusal {
  const [, kind = ''] = /^\/admin\/v1\/(\w+)/.exec(describedRoute(ctx)) ?? []
  return new Refusal('unknown', `There is nothing of that id among ${kind}.`)
}

/** @throws Refusal `unknown` unless there is something of the path's id */
export function found<T>(ctx: Context, thing: T | undefined): T {
  if (thing === undefined) throw notFound(ctx)
  return thing
}
