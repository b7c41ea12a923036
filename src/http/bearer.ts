/** `Authorization: Bearer` (RFC 6750 §2.1). */
import type { Context } from 'koa'

export function bearerToken(ctx: Context): string | undefined {
  return /^bearer +([!-~]+) *$/i.exec(ctx.get('Authorization'))?.[1]
}
