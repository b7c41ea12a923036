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

/** A ping may name a thousand pages; what else a request may say is a handful. In a query, and in a form. */
const MAX_PARAMETERS = 1_024

/** In characters. No parameter that the hub knows may be longer than half of this. */
const MAX_VALUE = 4_096
const MAX_NAME = 256

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
  if (encoded.split('&', MAX_PARAMETERS + 1).length > MAX_PARAMETERS)
    throw new Refusal('malformed', `There are more than ${MAX_PARAMETERS} parameters; send several requests.`)
  const parameters = new URLSearchParams(encoded)
  for (const [name, value] of parameters) {
    if (name.length > MAX_NAME || value.length > MAX_VALUE)
      throw new Refusal(
        'malformed',
        `A parameter is longer than ${MAX_VALUE} characters, or its name than ${MAX_NAME}.`,
      )
  }
  return parameters
}
