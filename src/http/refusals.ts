/** The one place where a refusal becomes an HTTP answer. */
import type { Context, Middleware } from 'koa'
import { Refusal, type RefusalCode } from '../core/errors.ts'
import type { Observer } from '../core/ports.ts'

const STATUS: Record<RefusalCode, number> = {
  malformed: 400,
  unauthenticated: 401,
  forbidden: 403,
  unknown: 404,
  conflict: 409,
  'too-large': 413,
  'unsupported-type': 415,
  'too-many': 429,
  unavailable: 503,
  overloaded: 503,
}

/** Seconds after which a 429 or 503 may be tried again. */
const RETRY_AFTER = 5

/** How a door writes its refusals: a plain sentence, or a problem (RFC 9457). */
type Writer = (ctx: Context, status: number, sentence: string) => void

export const asText: Writer = (ctx, status, sentence) => {
  ctx.status = status
  ctx.type = 'text/plain; charset=utf-8'
  ctx.body = `${sentence}\n`
}

export const asProblem: Writer = (ctx, status, sentence) => {
  ctx.status = status
  ctx.body = JSON.stringify({ type: 'about:blank', title: ctx.message, status, detail: sentence })
  ctx.type = 'application/problem+json'
}

/** For what is refused before a door is found. */
export const asItsDoor: Writer = (ctx, ...refusal) =>
  (ctx.path.startsWith('/admin/') ? asProblem : asText)(ctx, ...refusal)

/** The status that an error is answered with. */
export const statusOf = (error: unknown): number => (error instanceof Refusal ? STATUS[error.code] : 500)

/** Every other error is a fault of the hub: logged, and told as nothing more than that. */
export function refusals(write: Writer, observer: Observer): Middleware {
  return async (ctx, next) => {
    try {
      await next()
    } catch (error) {
      const at = { method: ctx.method, route: routeOf(ctx) }
      if (!(error instanceof Refusal)) {
        observer.requestFailed({ ...at, error })
        write(ctx, 500, 'The hub failed at this request; its log says why.')
        return
      }
      const status = statusOf(error)
      if (status === 401) ctx.set('WWW-Authenticate', 'Bearer realm="signet"')
      const isTimed = ctx.res.hasHeader('Retry-After')
      if ((status === 429 || status === 503) && !isTimed) ctx.set('Retry-After', String(RETRY_AFTER))
      // That it has enough to do is no fault of the hub.
      if (error.code === 'unavailable') observer.requestFailed({ ...at, error: error.cause ?? error })
      else observer.requestRefused({ ...at, why: error.code })
      write(ctx, status, error.message)
    }
  }
}

interface Layer {
  methods: string[]
  path: string
  captures(path: string): string[]
  params(path: string, captures: string[]): Record<string, string | undefined>
}

const layerOf = (ctx: Context): Layer | undefined =>
  (ctx.matched as Layer[] | undefined)?.findLast(({ methods }) => methods.includes(ctx.method))

/** The route's pattern: a path may hold what must not be logged. */
export const routeOf = (ctx: Context): string => layerOf(ctx)?.path ?? 'no route'

/** What stands in the path for the pattern's names. The router's own are not there before the route is reached. */
export function paramsOf(ctx: Context): Record<string, string | undefined> {
  const layer = layerOf(ctx)
  return layer?.params(ctx.path, layer.captures(ctx.path)) ?? {}
}
