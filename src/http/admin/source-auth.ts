/** What the form of a source's body cannot say: how it is to prove itself, above all. */
import { parseAllowList } from '../../core/address.ts'
import { checkCallback } from '../../core/callback.ts'
import { Refusal } from '../../core/errors.ts'
import type { Catalogue, Random } from '../../core/ports.ts'
import type { SourceAuth } from '../../core/source.ts'
import type { Bodies } from './body.ts'
import type { AdminParts } from './parts.ts'

type GivenAuth = Bodies['NewSource']['auth']

/**
 * What a body asks for, with the secret that it leaves to the hub.
 * @throws Refusal `malformed` for a method that the provider has not, or that cannot be used as it stands
 */
export function authFor(
  { authMethods, random, ...parts }: Pick<AdminParts, 'authMethods' | 'outboundAllow' | 'random' | 'url'>,
  provider: string,
  given: GivenAuth,
): SourceAuth {
  const methods = authMethods.get(provider) ?? []
  if (!methods.includes(given.method)) {
    throw new Refusal(
      'malformed',
      `${provider} cannot prove itself so; auth.method is one of ${methods.join(', ')}.`,
    )
  }
  requireUsable(given, parts)
  return withSecret(given, random)
}

/** A secret that was made is shown this one time; one that was given is known already. */
export const shown = (given: GivenAuth, auth: SourceAuth): object =>
  'secret' in given ? { method: auth.method } : auth

/** @throws Refusal `malformed` for an address that the hub would never call, or a network that is none */
function requireUsable(
  auth: GivenAuth,
  { outboundAllow, url }: Pick<AdminParts, 'outboundAllow' | 'url'>,
): void {
  if (auth.method === 'jwt') {
    const problem = checkCallback(auth.jwks_url, outboundAllow, url)
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
function withSecret(auth: GivenAuth, random: Pick<Random, 'token'>): SourceAuth {
  if (auth.method === 'jwt' || auth.method === 'network') return auth
  return { ...auth, secret: auth.secret ?? random.token() } as SourceAuth
}

/**
 * Publishers without a vocabulary of their own have no name that the catalogue might not know.
 * @throws Refusal `malformed` for the sources of such
 */
export function requireNativeNames(provider: string, catalogue: Pick<Catalogue, 'mapping'>): void {
  if (catalogue.mapping(provider) !== undefined) return
  throw new Refusal(
    'malformed',
    `publish_unmapped is not for ${provider}: its events bear the catalogue's own names.`,
  )
}
