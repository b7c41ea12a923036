/**
 * Every change is noted before it is made, with who makes it and from where, and what came of it afterwards; what is
 * refused before that, so many times a minute and no more.
 */
import type { Context, Middleware } from 'koa'
import type { Act, ActDetail } from '../../core/admin-ports.ts'
import type { Clock } from '../../core/ports.ts'
import { createPace } from '../../core/pace.ts'
import { clientOf } from '../client.ts'
import { paramsOf, statusOf } from '../refusals.ts'
import { adminOf } from './authenticate.ts'
import { jsonOf } from './body.ts'
import { describedRoute } from './operation.ts'
import type { AdminParts } from './parts.ts'

type AuditedParts = Pick<AdminParts, 'audit' | 'clock' | 'observer'>

/** Members of bodies that say what was changed and can hold neither a secret nor a person. */
const KEPT = [
  ...['id', 'tenant', 'provider', 'topics', 'scopes', 'subscribe', 'confirm_public', 'paused', 'disclose'],
  ...['max_age', 'publish_unmapped', 'topic_prefix', 'format', 'verification', 'overlap_seconds'],
  ...['expires_at', 'expires_in_seconds', 'since', 'until'],
]

/** Refused attempts that are noted one by one. */
const NOTED = { burst: 30, everyMs: 10_000 }

const isChange = ({ method }: Context): boolean => !['GET', 'HEAD', 'OPTIONS'].includes(method)

/** A change adds to what is noted of it what its body does not say, or says too plainly. */
export function noteDetail(ctx: Context, detail: Record<string, unknown>): void {
  const state = ctx.state as { noted?: Record<string, unknown> }
  state.noted = { ...state.noted, ...detail }
}

/** Around a request that is let in. */
export function audited({ audit, clock, observer }: AuditedParts): Middleware {
  return async (ctx, next) => {
    if (!isChange(ctx)) {
      await next()
      return
    }
    const num = await audit.begin(actOf(ctx, clock))
    let status = 500
    try {
      await next()
      status = ctx.status
    } catch (error) {
      status = statusOf(error)
      throw error
    } finally {
      const detail = status < 400 ? detailOf(ctx) : null
      await audit.end(num, { status, target: targetOf(ctx), detail }).catch((error: unknown) => {
        // It is done, and stands there as begun.
        observer.requestFailed({ method: ctx.method, route: describedRoute(ctx), error })
      })
    }
  }
}

/** The door, and a note of whom it keeps out: strangers, and admins who may not. */
export function door(
  { audit, clock, observer }: AuditedParts,
  enter: (ctx: Context) => Promise<void>,
): Middleware {
  const pace = createPace(NOTED)
  let leftOut = 0
  async function note(ctx: Context, status: number): Promise<void> {
    const act = actOf(ctx, clock)
    if (pace.wait('', act.at) > 0) {
      leftOut += 1
      return
    }
    pace.count('', act.at)
    const detail = leftOut > 0 ? { left_out: leftOut } : null
    leftOut = 0
    await audit.refuse(act, { status, detail }).catch((error: unknown) => {
      observer.requestFailed({ method: ctx.method, route: describedRoute(ctx), error })
    })
  }
  return async (ctx, next) => {
    await enter(ctx).catch(async (error: unknown) => {
      await note(ctx, statusOf(error))
      throw error
    })
    await next()
  }
}

const actOf = (ctx: Context, clock: Clock): Act => ({
  at: clock.now(),
  actor: adminOf(ctx)?.id ?? null,
  action: `${ctx.method} ${describedRoute(ctx)}`,
  target: targetOf(ctx),
  address: clientOf(ctx) ?? null,
})

/** What an id looks like: a stranger's path may hold anything. */
const ID = /^[\w.:-]{1,64}$/

/** The path's own id, or that of what was made. */
function targetOf(ctx: Context): string | null {
  const { id, kid } = paramsOf(ctx)
  const made = (ctx.body as { id?: unknown } | undefined)?.id
  const target = id ?? kid ?? made
  return typeof target === 'string' && ID.test(target) ? target : null
}

function detailOf(ctx: Context): ActDetail {
  const body = (jsonOf(ctx) ?? {}) as Record<string, unknown>
  const names = Object.keys(body)
  const set = Object.fromEntries(
    names.filter((name) => KEPT.includes(name)).map((name) => [name, body[name]]),
  )
  const also = names.filter((name) => !KEPT.includes(name))
  const { noted } = ctx.state as { noted?: Record<string, unknown> }
  const detail = {
    ...(Object.keys(set).length > 0 && { set }),
    ...(also.length > 0 && { also }),
    ...noted,
  }
  return Object.keys(detail).length > 0 ? detail : null
}
