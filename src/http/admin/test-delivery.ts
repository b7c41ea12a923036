import type { Middleware } from 'koa'
import type { TestTarget } from '../../core/store-ports.ts'
import { testDelivery } from '../../flow/test-delivery.ts'
import type { AdminParts } from './parts.ts'
import { idOf, notFound } from './resource.ts'

/** @param path of the resource whose things are tested */
export function sendTest(parts: AdminParts, path: string, target: (id: string) => TestTarget): Middleware {
  return async (ctx) => {
    const sent = await testDelivery(parts.testDelivery, target(idOf(ctx)))
    if (sent === undefined) throw notFound(path)
    ctx.res.once('finish', () => parts.wake('deliver'))
    ctx.status = 202
    ctx.body = sent
  }
}
