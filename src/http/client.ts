/** Whose address a request counts under. */
import type { Context } from 'koa'

/** The address at the other end of the connection. @returns undefined where it cannot be told */
export const clientOf = (ctx: Context): string | undefined => ctx.req.socket.remoteAddress
