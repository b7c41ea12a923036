import type { Middleware } from 'koa'
import type { TestTarget } from '../../core/store-ports.ts'
import { testDelivery } from '../../flow/test-delivery.ts'
import type { AdminParts } from './parts.ts'
import { found, idOf } from './resource.ts'

export function sendTest(parts: AdminParts, target: (id: string) => TestTarget): Middleware {
  return async (ctx) => {
    const sent = found(ctx, await testDelivery(parts.testDelivery, target(idOf(ctx))))
    ctx.res.once('finish', () => parts.wake('deliver'))
    ctx.status = 202
    ctx.body = sent
  }
}
