/**
 * What a source's sealed text holds: how it proves itself and, for a while after a rotation, how it did before, so
 * that nothing is refused between the change here and the change at the provider.
 */
import type { SourceAuth } from './source.ts'

export interface Credentials {
  auth: SourceAuth
  /** Good until then, in milliseconds since 1970. */
  former?: { auth: SourceAuth; until: number }
}

/** Without former ones, the plain form that every version has written. */
export const writeCredentials = ({ auth, former }: Credentials): string =>
  JSON.stringify(former === undefined ? auth : { auth, former })

export function readCredentials(text: string): Credentials {
  const kept = JSON.parse(text) as SourceAuth | Required<Credentials>
  return 'method' in kept ? { auth: kept } : kept
}

/** The ways to prove itself that hold now, the newest first. */
export function validAuths({ auth, former }: Credentials, now: number): SourceAuth[] {
  return former !== undefined && now < former.until ? [auth, former.auth] : [auth]
}
