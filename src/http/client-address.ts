/** Where a request comes from. */
import type { Context } from 'koa'

/** The address at the other end of the connection. */
export const clientAddress = (ctx: Context): string | null => ctx.req.socket.remoteAddress ?? null
