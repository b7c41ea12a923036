/** `POST /in/{source}` for a publisher that signs its own SETs: push delivery as RFC 8935 §2 has it. */
import type { Context } from 'koa'
import type { SetRefused } from '../core/ports.ts'
import type { Source, TokenAuth } from '../core/source.ts'
import { forward, type ForwardParts } from '../flow/forward.ts'
import { tellRefused, type RefusedParts } from './intake-refused.ts'

/** @throws Refusal `unavailable`: the publisher keeps the SET and sends it again */
export async function takeSet(
  ctx: Context,
  parts: RefusedParts & { forward: ForwardParts },
  { source, trust, body }: { source: Source; trust: TokenAuth; body: Buffer },
): Promise<void> {
  const outcome = isSet(ctx) ? await forward(parts.forward, source, trust, body) : wrongType
  if (outcome.kind === 'acknowledged') {
    // In this order: a body of null makes the status 204.
    ctx.body = null
    ctx.status = 202
    return
  }
  const { err, description } = outcome
  tellRefused(parts, source, {
    code: err === 'invalid_request' ? 'malformed' : 'unauthenticated',
    noted: `${err}: ${description}`,
  })
  ctx.status = 400
  ctx.set('Content-Language', 'en')
  ctx.body = { err, description }
  ctx.type = 'application/json'
}

const isSet = (ctx: Context): boolean => /^application\/secevent\+jwt *(;|$)/i.test(ctx.get('Content-Type'))

const wrongType: SetRefused = {
  kind: 'refused',
  err: 'invalid_request',
  description: 'The body is not announced as application/secevent+jwt.',
}
