/** Whose address a request counts under, for whatever asks: found once, before anything else. */
import type { Context, Middleware } from 'koa'
import { clientAddress, clientKey, type TrustedProxies } from '../core/client-address.ts'

export const knowClient =
  (trusted: TrustedProxies): Middleware =>
  (ctx, next) => {
    const state = ctx.state as { client?: string | undefined }
    const forwarded = ctx.headers['x-forwarded-for']
    state.client = clientAddress(ctx.req.socket.remoteAddress, forwarded?.toString(), trusted)
    return next()
  }

/** @returns undefined where it cannot be told */
export const clientOf = (ctx: Context): string | undefined => (ctx.state as { client?: string }).client

/** What limits count the request as. */
export const countedAs = (ctx: Context): string => clientKey(clientOf(ctx))
