/** Whether a request comes from the source that it claims to come from. */
import { createHmac } from 'node:crypto'
import type { Context } from 'koa'
import { validAuths } from '../core/credentials.ts'
import { Refusal } from '../core/errors.ts'
import type { Clock } from '../core/ports.ts'
import type { Source } from '../core/source.ts'
import type { KnownSource } from '../core/store-ports.ts'
import type { NativeRequest, Provider } from '../providers/provider.ts'
import { clientOf } from './client.ts'
import { type RefusedParts, tellRefused } from './intake-refused.ts'

/** Signs nothing that counts. */
const NOBODY = 'nobody'

export type Providers = ReadonlyMap<string, Provider>

export function nativeRequest(ctx: Context, body: Buffer, clock: Clock): NativeRequest {
  const peer = clientOf(ctx)
  // All but `Set-Cookie`, which is no request's, Node joins by itself.
  const headers = ctx.headers as NativeRequest['headers']
  return { headers, body, receivedAt: clock.now(), ...(peer !== undefined && { peer }) }
}

/** The source's adapter, if the request proves that it comes from it: by what holds now, or held until lately. */
export function provenBy(
  providers: Providers,
  found: KnownSource,
  request: NativeRequest,
): Provider | undefined {
  const provider = providers.get(found.source.provider)
  const auths = validAuths(found, request.receivedAt)
  return auths.some((auth) => provider?.authenticate(request, auth)) ? provider : undefined
}

/** One answer for an unknown source and a wrong credential: nobody learns which sources there are. */
export function requireAuthentic(
  parts: RefusedParts & { providers: Providers },
  found: KnownSource | undefined,
  request: NativeRequest,
): { source: Source; provider: Provider } {
  const provider = found && provenBy(parts.providers, found, request)
  if (found !== undefined && provider !== undefined) return { source: found.source, provider }
  // Nor by the time that it takes: for a large body, that of the signature which some sources have.
  if (found?.auth.method !== 'hmac') createHmac('sha256', NOBODY).update(request.body).digest()
  const refusal = new Refusal(
    'unauthenticated',
    'There is no such source, or the request does not prove that it comes from it.',
    { noted: 'not authentic' },
  )
  const { code: reason, noted: why } = refusal
  // Nothing is kept of a source that there is not: strangers can name any.
  if (found === undefined) parts.observer.intakeRefused({ source: 'unknown', reason, why })
  else tellRefused(parts, found.source, refusal)
  throw refusal
}
