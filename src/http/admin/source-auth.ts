/** How a new source proves itself: what the form of the body cannot say. */
import { type AllowList, parseAllowList } from '../../core/address.ts'
import { checkCallback } from '../../core/callback.ts'
import { Refusal } from '../../core/errors.ts'
import type { Random } from '../../core/ports.ts'
import type { SourceAuth } from '../../core/source.ts'
import type { Bodies } from './body.ts'

type GivenAuth = Bodies['NewSource']['auth']

/** @throws Refusal `malformed` for an address that the hub would never call, or a network that is none */
export function requireUsable(auth: GivenAuth, outboundAllow: AllowList): void {
  if (auth.method === 'jwt') {
    const problem = checkCallback(auth.jwks_url, outboundAllow)
    if (problem !== undefined) throw new Refusal('malformed', `auth.jwks_url ${problem}`)
  }
  if (auth.method === 'network') {
    const { allow, problems } = parseAllowList(auth.allow_from)
    // A connection has an address and no name: one that was let in here would never match.
    if (allow.names.size > 0) problems.push('a name is no network: write its addresses')
    if (problems.length > 0)
      throw new Refusal('malformed', `auth.allow_from cannot be used: ${problems.join(' ')}`)
  }
}

/** A secret that was not given is made, where the method has one. */
export function withSecret(auth: GivenAuth, random: Pick<Random, 'token'>): SourceAuth {
  if (auth.method === 'jwt' || auth.method === 'network') return auth
  return { ...auth, secret: auth.secret ?? random.token() } as SourceAuth
}
