/** What names Asgardeo's events, and bodies that carry one. */
import { drafts, ISSUER, request, told } from './fixture.ts'
import type { Payload } from './plausible.ts'

const PREFIX = 'https://schemas.identity.wso2.org/events/'
const names: Record<string, string> = {
  credentialUpdated: 'credential',
  loginFailed: 'login',
  loginSuccess: 'login',
  registrationFailed: 'registration',
  roleIdpGroupsUpdated: 'role',
  roleUsersUpdated: 'role',
  accessTokenRevoked: 'token',
  sessionEstablished: 'session',
  sessionRevoked: 'session',
  userAccountLocked: 'user',
  userProfileUpdated: 'user',
}
export const uriOf = (name: string) => `${PREFIX}${names[name] ?? ''}/event-type/${name}`

export const body = (name: string, event: Payload) =>
  JSON.stringify({ jti: 'j1', rci: 'r1', iat: 1751705149662, events: { [uriOf(name)]: event } })

/** What the hub tells of such a body. */
export const events = (name: string, event: Payload) =>
  drafts('asgardeo', request(body(name, event))).map(told)

export const sub = (id: string) => ({ format: 'iss_sub', iss: ISSUER, sub: id })
