/** Which operation of `schema/openapi.json` a request asks for: that says who may, and in what form. */
import type { Context, Middleware } from 'koa'
import type { AdminApi, Operation } from '../../catalogue/admin-api.ts'
import { routeOf } from '../refusals.ts'

export const knowOperation =
  (api: Pick<AdminApi, 'operation'>): Middleware =>
  (ctx, next) => {
    const state = ctx.state as { operation?: Operation }
    state.operation = api.operation(ctx.method, describedRoute(ctx))
    return next()
  }

export const operationOf = (ctx: Context): Operation => (ctx.state as { operation: Operation }).operation

/** The route as it is described: `/admin/v1/tenants/{id}`. */
export const describedRoute = (ctx: Context): string => routeOf(ctx).replace(/:(\w+)/g, '{$1}')
