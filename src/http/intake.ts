/** `POST /in/{source}`: a provider's own webhook. Authenticate → read → publish → answer as providers expect. */
import type { Context, Middleware } from 'koa'
import type { Clock } from '../core/ports.ts'
import type { Directory } from '../core/store-ports.ts'
import type { Room } from '../flow/limit-backlog.ts'
import type { ForwardParts } from '../flow/forward.ts'
import { publish, type Published, type PublishParts } from '../flow/publish.ts'
import type { RateLimit } from '../flow/rate-limit.ts'
import { nativeRequest, type Providers, requireAuthentic } from './authentic.ts'
import { countedAs } from './client.ts'
import { refuseUnread, type RefusedParts, tellingRefused } from './intake-refused.ts'
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
      return tellingRefused(parts, source, () => {
        // Nothing is proven yet: counted apart, so that strangers take nothing of the source's own.
        requireRoom(parts, `${source.id} ${countedAs(ctx)}`)
        return takeSet(ctx, parts, { source, trust: auth, body })
      })
    }
    const { source, provider } = requireAuthentic(parts, found, request)
    await tellingRefused(parts, source, async () => {
      requireRoom(parts, source.id)
      const published: Published[] = []
      for (const native of readNative(parts.publish.catalogue, provider, source, request)) {
        published.push(await publish(parts.publish, source, native))
      }
      answer(ctx, published)
    })
  }
}

/** @throws Refusal `overloaded` */
export function requireRoom({ rate, room }: Pick<IntakeParts, 'rate' | 'room'>, who: string): void {
  rate.take(who)
  room.require()
}

/** Whatever yields nothing is 200: providers take anything else for an outage. */
function answer(ctx: Context, published: Published[]): void {
  const events = published.flatMap((each) => (each.kind === 'accepted' ? each.events : []))
  const why = published.flatMap((each) => (each.kind === 'passed over' ? [each.why] : []))[0]
  ctx.status = events.length > 0 || why === undefined ? 202 : 200
  ctx.body = ctx.status === 202 ? { accepted: events.length, events } : { accepted: 0, reason: why }
}
