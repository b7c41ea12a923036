/** What every resource of the admin API has: a list in pages, one by id, its removal. */
import type Router from '@koa/router'
import type { Context } from 'koa'
import { Refusal } from '../../core/errors.ts'
import type { PageRequest, Readable, Removable } from '../../core/registry-ports.ts'
import type { AdminParts } from './parts.ts'

const DEFAULT_LIMIT = 100
const MAX_LIMIT = 500

/** @param filters what the list can be narrowed to */
export function readable<T, Whole extends T>(
  router: Router,
  path: string,
  resource: Readable<T, Whole>,
  view: (record: T | Whole) => object,
  filters: readonly 'tenant'[] = ['tenant'],
): void {
  router.get(path, async (ctx) => {
    const { items, next } = await resource.list(pageRequest(ctx, filters))
    ctx.body = { items: items.map(view), next }
  })
  router.get(`${path}/:id`, async (ctx) => {
    const record = await resource.get(idOf(ctx))
    if (record === undefined) throw notFound(path)
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
    if (!(await resource.remove(idOf(ctx), clock.now()))) throw notFound(path)
    ctx.res.once('finish', () => wake('verify'))
    ctx.status = 204
  })
}

/** The path's own. */
export const idOf = (ctx: Context): string => String((ctx.params as { id?: string }).id)

/** @param path of the resource, e.g. `/tenants` */
export const notFound = (path: string): Refusal =>
  new Refusal('unknown', `There is nothing of that id among ${path.slice(1)}.`)

/** @throws Refusal `malformed` for a parameter that is unknown, repeated or out of range */
function pageRequest(ctx: Context, filters: readonly 'tenant'[]): PageRequest {
  const known: readonly string[] = ['limit', 'cursor', ...filters]
  const parameters = new URLSearchParams(ctx.querystring)
  for (const name of parameters.keys()) {
    if (!known.includes(name) || parameters.getAll(name).length > 1) {
      throw new Refusal('malformed', `The query takes ${known.join(', ')}, each at most once.`)
    }
  }
  const limit = parameters.get('limit') ?? String(DEFAULT_LIMIT)
  if (!/^[1-9]\d{0,2}$/.test(limit) || Number(limit) > MAX_LIMIT) {
    throw new Refusal('malformed', `limit is not a whole number from 1 to ${MAX_LIMIT}.`)
  }
  const after = parameters.get('cursor')
  const tenant = parameters.get('tenant')
  return { limit: Number(limit), ...(after !== null && { after }), ...(tenant !== null && { tenant }) }
}
