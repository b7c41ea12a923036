/** `/healthz`: the process answers. `/readyz`: it can accept work. */
import type { Middleware } from 'koa'
import { Refusal } from '../core/errors.ts'
import type { Clock } from '../core/ports.ts'

export const alive: Middleware = (ctx) => {
  ctx.body = { status: 'ok' }
}

/** A check writes to the disk: one a second is enough, however often somebody asks. */
const CHECK_EVERY_MS = 1_000

/** @param checkWritable rejects with the Refusal `unavailable`, whose sentence says why */
export function ready(checkWritable: (now: number) => Promise<void>, clock: Clock): Middleware {
  let last: { at: number; result: Promise<void> } | undefined
  return async (ctx) => {
    const now = clock.now()
    if (last === undefined || Math.abs(now - last.at) >= CHECK_EVERY_MS)
      last = { at: now, result: checkWritable(now) }
    try {
      await last.result
      ctx.body = { status: 'ok' }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      ctx.status = 503
      ctx.set('Retry-After', String(CHECK_EVERY_MS / 1_000))
      ctx.body = { status: 'unavailable', reason: error.message }
    }
  }
}
