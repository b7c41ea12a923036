/** What every answer has, refusals included. */
import type { Context, Middleware } from 'koa'

/** Nothing of the hub's is a page that loads, runs, is framed or is guessed to be of another type. */
const HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy':
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'Referrer-Policy': 'no-referrer',
}

export const safeAnswers: Middleware = async (ctx, next) => {
  ctx.set(HEADERS)
  await next()
  // Node would read the rest of a body that nobody wanted, to keep the connection: however much it is.
  if (!ctx.req.complete && mayBeLong(ctx.req)) ctx.set('Connection', 'close')
}

/** A short one is read to its end all the same, so that who sent it sees the answer. */
const SHORT = 65_536

const mayBeLong = ({ headers }: Context['req']): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > SHORT
