/** Reads the JSON of a request: what the body parser takes is held to what publishers' JSON is held to as well. */
import type { Context, Middleware } from 'koa'
import bodyParser from 'koa-bodyparser'
import { Refusal } from '../../core/errors.ts'
import { parseStrictJson } from '../../core/strict-json.ts'
import { requirePlain } from '../raw-body.ts'

/** @param limit in bytes */
export function readJson(limit: number): Middleware {
  const parse = bodyParser({
    enableTypes: ['json'],
    jsonLimit: String(limit),
    onerror: (error) => {
      throw (error as { status?: number }).status === 413
        ? new Refusal('too-large', `The body is larger than ${limit} bytes.`, { cause: error })
        : new Refusal('malformed', 'The body is not a JSON object, or has a member __proto__.', {
            cause: error,
          })
    },
  })
  return async (ctx, next) => {
    requirePlain(ctx)
    await parse(ctx, async () => {
      const { rawBody } = ctx.request as { rawBody?: string }
      // Whether there must be one, its route knows.
      if (ctx.is('json') && rawBody) {
        ;(ctx.state as { json?: unknown }).json = parseStrictJson(Buffer.from(rawBody))
      }
      await next()
    })
  }
}

/** What was read; undefined where there was no body, or none in JSON. */
export const jsonOf = (ctx: Context): unknown => (ctx.state as { json?: unknown }).json
