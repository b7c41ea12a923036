/** Form parameters, from the body and the query alike. Decoded once. */
import type { Context } from 'koa'
import { Refusal } from '../core/errors.ts'
import { readRawBody } from './raw-body.ts'

/** In any case, with or without `charset=utf-8`. */
const FORM = /^application\/x-www-form-urlencoded\s*(;\s*charset="?utf-?8"?\s*)?$/i

export const isForm = (ctx: Context): boolean => FORM.test(ctx.get('Content-Type'))

/** @throws Refusal as `readRawBody`, and `malformed` for what is no UTF-8 */
export async function readForm(
  ctx: Context,
  limit: number,
): Promise<{ query: URLSearchParams; body: URLSearchParams }> {
  const query = decode(ctx.querystring)
  const bytes = await readRawBody(ctx, limit)
  return { query, body: isForm(ctx) ? decode(bytes.toString('latin1')) : new URLSearchParams() }
}

/** A form is ASCII once encoded. Bytes that are no UTF-8 would change silently: a secret would never match again. */
function decode(encoded: string): URLSearchParams {
  try {
    decodeURIComponent(encoded)
  } catch (error) {
    throw new Refusal('malformed', 'The form is not percent-encoded UTF-8; encode every value.', {
      cause: error,
    })
  }
  return new URLSearchParams(encoded)
}
