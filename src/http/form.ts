/** Form parameters, from the body and the query alike. Decoded once. */
import { isUtf8 } from 'node:buffer'
import type { Context } from 'koa'
import { Refusal } from '../core/errors.ts'
import { readRawBody } from './raw-body.ts'

/** In any case, with or without `charset=utf-8`. */
const FORM = /^application\/x-www-form-urlencoded\s*(;\s*charset="?utf-?8"?\s*)?$/i

/** @throws Refusal as `readRawBody`, `unsupported-type` for another body, `malformed` for what is no UTF-8 */
export async function readForm(
  ctx: Context,
  limit: number,
): Promise<{ query: URLSearchParams; body: URLSearchParams }> {
  // Node shows the request line's bytes as Latin-1.
  const query = decode(Buffer.from(ctx.querystring, 'latin1'))
  const bytes = await readRawBody(ctx, limit)
  if (!FORM.test(ctx.get('Content-Type'))) {
    throw new Refusal(
      'unsupported-type',
      'The body is not a form; send Content-Type: application/x-www-form-urlencoded.',
    )
  }
  return { query, body: decode(bytes) }
}

/** What is no UTF-8, plain or escaped, would change silently: a secret would never match again. */
function decode(bytes: Buffer): URLSearchParams {
  const encoded = bytes.toString('utf8')
  try {
    if (!isUtf8(bytes)) throw new URIError('not UTF-8')
    decodeURIComponent(encoded)
  } catch (error) {
    throw new Refusal('malformed', 'The form is not percent-encoded UTF-8; encode every value.', {
      cause: error,
    })
  }
  return new URLSearchParams(encoded)
}
