/** `POST /admin/v1/subscriptions/{id}/replay` */
import type { Middleware } from 'koa'
import { Refusal } from '../../core/errors.ts'
import { bodyOf } from './body.ts'
import type { AdminParts } from './parts.ts'
import { timeOf } from './query.ts'
import { idOf, notFound } from './resource.ts'

export function replaySubscription({ replays, clock }: AdminParts): Middleware {
  return async (ctx) => {
    const body = bodyOf(ctx, 'Replay')
    const since = timeOf('since', body.since)
    const until = body.until === undefined ? Number.MAX_SAFE_INTEGER : timeOf('until', body.until)
    if (until <= since) throw new Refusal('malformed', 'until is not later than since.')
    const begun = await replays.begin(idOf(ctx), { since, until }, clock.now())
    if (begun === 'unknown') throw notFound('/subscriptions')
    if (begun === 'inactive') {
      throw new Refusal('conflict', 'The subscription is not active; have it verified or resume it first.')
    }
    ctx.status = 202
    ctx.body = begun
  }
}
