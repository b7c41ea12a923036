/** The exact bytes of a request: signatures are made over them. */
import type { Context } from 'koa'
import rawBody from 'raw-body'
import { Refusal } from '../core/errors.ts'

/**
 * @param limit in bytes
 * @throws Refusal `too-large`, `unsupported-type` for a compressed body, `malformed` for one cut short
 */
export async function readRawBody(ctx: Context, limit: number): Promise<Buffer> {
  requirePlain(ctx)
  try {
    return await rawBody(ctx.req, { length: ctx.req.headers['content-length'] ?? null, limit })
  } catch (error) {
    if ((error as { type?: string }).type === 'entity.too.large') {
      // What is left of the body is not worth reading: the connection ends with the answer.
      ctx.set('Connection', 'close')
      throw new Refusal('too-large', `The body is larger than ${limit} bytes.`, { cause: error })
    }
    throw new Refusal('malformed', 'The body ended before it was complete.', { cause: error })
  }
}

/** @throws Refusal `unsupported-type` for a compressed body: a small one may be a large one */
export function requirePlain(ctx: Context): void {
  const encoding = ctx.get('Content-Encoding')
  if (encoding === '' || encoding.toLowerCase() === 'identity') return
  throw new Refusal('unsupported-type', 'The body is compressed; send it plain.')
}
