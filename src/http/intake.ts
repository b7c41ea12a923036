/** `POST /in/{source}`: a provider's own webhook. Authenticate → read → publish → answer as providers expect. */
import type { Context, Middleware } from 'koa'
import { clientKey } from '../core/client-address.ts'
import type { Clock } from '../core/ports.ts'
import type { Directory } from '../core/store-ports.ts'
import type { Room } from '../flow/limit-backlog.ts'
import type { ForwardParts } from '../flow/forward.ts'
import { publish, type Published, type PublishParts } from '../flow/publish.ts'
import type { RateLimit } from '../flow/rate-limit.ts'
import { nativeRequest, type Providers, requireAuthentic } from './authentic.ts'
import { clientOf } from './client.ts'
import { notingUnavailable, refuseUnread, type RefusedParts, requireRoom } from './intake-refused.ts'
import { readRawBody } from './raw-body.ts'
import { readNative } from './read-native.ts'
import { takeSet } from './set-intake.ts'

export interface IntakeParts extends RefusedParts {
  directory: Directory
  providers: Providers
  publish: PublishParts
  forward: ForwardParts
  room: Room
  rate: RateLimit
  clock: Clock
  /** Bytes. */
  maxBody: number
}

export function intake(parts: IntakeParts): Middleware {
  return async (ctx) => {
    const id = (ctx.params as { source: string }).source
    const body = await readRawBody(ctx, parts.maxBody).catch((error: unknown) =>
      refuseUnread(parts, () => parts.directory.source(id), error),
    )
    const request = nativeRequest(ctx, body, parts.clock)
    const found = await parts.directory.source(id)
    if (found?.auth.method === 'jwt') {
      const { source, auth } = found
      requireRoom(parts, source, clientKey(clientOf(ctx)))
      return notingUnavailable(parts, source, () => takeSet(ctx, parts, source, auth, body))
    }
    const { source, provider } = requireAuthentic(parts, found, request)
    requireRoom(parts, source)
    const natives = readNative(parts, provider, source, request)
    const published: Published[] = []
    for (const native of natives) {
      published.push(await notingUnavailable(parts, source, () => publish(parts.publish, source, native)))
    }
    answer(ctx, published)
  }
}

/** Whatever yields nothing is 200: providers take anything else for an outage. */
function answer(ctx: Context, published: Published[]): void {
  const events = published.flatMap((each) => (each.kind === 'accepted' ? each.events : []))
  const why = published.flatMap((each) => (each.kind === 'passed over' ? [each.why] : []))[0]
  ctx.status = events.length > 0 || why === undefined ? 202 : 200
  ctx.body = ctx.status === 202 ? { accepted: events.length, events } : { accepted: 0, reason: why }
}
