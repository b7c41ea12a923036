/** `/admin/v1/keys`: the signing keys, and what an operator does with them. */
import type { Middleware } from 'koa'
import { Refusal } from '../../core/errors.ts'
import type { KeyControl, StoredKey } from '../../core/key-ports.ts'
import type { AdminParts } from './parts.ts'
import { view } from './views.ts'

export const listKeys =
  ({ keys }: Pick<AdminParts, 'keys'>): Middleware =>
  (ctx) => {
    ctx.body = all(keys)
  }

export const rotateKeys =
  ({ keys }: Pick<AdminParts, 'keys'>): Middleware =>
  async (ctx) => {
    await keys.rotate()
    ctx.body = all(keys)
  }

/** What it signed is signed again behind this answer; nothing is sent with it any more. */
export const revokeKey =
  ({ keys, wake }: Pick<AdminParts, 'keys' | 'wake'>): Middleware =>
  async (ctx) => {
    const key = await keys.revoke((ctx.params as { kid: string }).kid)
    if (key === undefined) throw new Refusal('unknown', 'There is no signing key of that kid.')
    ctx.res.once('finish', () => wake('sign-again'))
    ctx.body = keyView(key)
  }

/** There are never so many that they need pages. */
const all = (keys: KeyControl): object => ({ items: keys.keys().map(keyView).reverse(), next: null })

/** What is not so yet is null. */
const keyView = (key: StoredKey): object =>
  view({
    kid: key.kid,
    alg: key.alg,
    state: key.state,
    created_at: key.createdAt,
    active_at: key.signsFrom ?? null,
    retired_at: key.retiredAt ?? null,
    removed_at: key.removedAt ?? null,
    revoked_at: key.revokedAt ?? null,
  })
