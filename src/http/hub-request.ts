/** A request to the hub endpoint: parameters from the query and from a form alike, decoded once; the body as it came. */
import { isUtf8 } from 'node:buffer'
import type { Context } from 'koa'
import { Refusal } from '../core/errors.ts'
import { readRawBody } from './raw-body.ts'

export interface HubRequest {
  query: URLSearchParams
  /** Not there when the body is none. */
  form?: URLSearchParams
  /** Both together. */
  parameters: URLSearchParams
  body: Buffer
}

/** In any case, with or without `charset=utf-8`. */
const FORM = /^application\/x-www-form-urlencoded\s*(;\s*charset="?utf-?8"?\s*)?$/i

/** @throws Refusal as `readRawBody`, `malformed` for parameters that are no UTF-8 */
export async function readHubRequest(ctx: Context, limit: number): Promise<HubRequest> {
  // Node shows the request line's bytes as Latin-1.
  const query = decode(Buffer.from(ctx.querystring, 'latin1'))
  const body = await readRawBody(ctx, limit)
  if (!FORM.test(ctx.get('Content-Type'))) return { query, parameters: query, body }
  const form = decode(body)
  return { query, form, parameters: new URLSearchParams([...query, ...form]), body }
}

/** @throws Refusal `unsupported-type` where only a form will do */
export function requireForm({ form }: HubRequest): URLSearchParams {
  if (form !== undefined) return form
  throw new Refusal(
    'unsupported-type',
    'The body is not a form; send Content-Type: application/x-www-form-urlencoded.',
  )
}

/** What is no UTF-8, plain or escaped, would change silently: a secret would never match again. */
function decode(bytes: Buffer): URLSearchParams {
  const encoded = bytes.toString('utf8')
  try {
    if (!isUtf8(bytes)) throw new URIError('not UTF-8')
    decodeURIComponent(encoded)
  } catch (error) {
    throw new Refusal('malformed', 'The parameters are not percent-encoded UTF-8; encode every value.', {
      cause: error,
    })
  }
  return new URLSearchParams(encoded)
}
