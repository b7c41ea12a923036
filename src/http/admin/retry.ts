/** `POST /admin/v1/deliveries/{id}/retry` */
import type { Middleware } from 'koa'
import { Refusal } from '../../core/errors.ts'
import type { Retried } from '../../core/registry-ports.ts'
import type { AdminParts } from './parts.ts'
import { found, idOf } from './resource.ts'
import { view } from './views.ts'

const REFUSED: Partial<Record<Retried, string>> = {
  delivered: 'This was delivered; to have the receiver get it again, replay its subscription.',
  over: 'The subscription that this was for is over, or has begun anew since; a replay sends one that is active what it missed.',
  erased: 'The hub no longer has the bytes of this; its publisher has to publish them again.',
}

export function retryDelivery({ registry, clock, wake }: AdminParts): Middleware {
  return async (ctx) => {
    const id = idOf(ctx)
    const refused = REFUSED[await registry.deliveries.retry(id, clock.now())]
    if (refused !== undefined) throw new Refusal('conflict', refused)
    const delivery = found(ctx, await registry.deliveries.get(id))
    ctx.res.once('finish', () => wake('deliver'))
    ctx.status = 202
    ctx.body = view(delivery)
  }
}
