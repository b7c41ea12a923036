/** Reads the JSON of a request, by the same parser as what publishers send. */
import type { Context, Middleware } from 'koa'
import { parseStrictJson } from '../../core/strict-json.ts'
import { readRawBody } from '../raw-body.ts'

/** @param limit in bytes */
export const readJson =
  (limit: number): Middleware =>
  async (ctx, next) => {
    if (ctx.is('json'))
      (ctx.state as { json?: unknown }).json = parseStrictJson(await readRawBody(ctx, limit))
    await next()
  }

/** What was read; undefined where there was no body, or none in JSON. */
export const jsonOf = (ctx: Context): unknown => (ctx.state as { json?: unknown }).json
