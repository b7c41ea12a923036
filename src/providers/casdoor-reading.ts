/** What a Casdoor record says, in neutral names. Whom or what it is about depends on the action. */
import { told, type Reading } from '../core/reading.ts'
import { organization, type Reader } from './casdoor-parties.ts'
import * as people from './casdoor-people.ts'
import type { CasdoorRecord } from './casdoor-record.ts'
import { clientAlone, codeCheck, messageTo, namedInQuery, signIn, signUp } from './casdoor-sign-in.ts'
import {
  decision,
  deletedSessions,
  someoneElse,
  storedSession,
  storedToken,
  thing,
} from './casdoor-things.ts'

/** The other actions are about a thing, which stands in `object`. */
const ACTIONS = new Map<string, Reader>([
  ['login', signIn],
  ['webauthn/signin/finish', signIn],
  ['webauthn/signin/begin', namedInQuery],
  ['faceid-signin-begin', namedInQuery],
  ['signup', signUp],
  ['verify-code', codeCheck],
  ['send-verification-code', messageTo],
  ['logout', people.themselves],
  ['sso-logout', people.themselves],
  ['reset-email-or-phone', people.newAddress],
  ['webauthn/signup/begin', people.themselves],
  ['webauthn/signup/finish', people.themselves],
  ['grant-consent', people.themselves],
  ['revoke-consent', people.themselves],
  ['set-password', people.passwordOwner],
  ['new-user', people.newUser],
  ['new-user-ldap', people.someUser],
  ['new-user-syncer', people.someUser],
  ['add-user', people.someUser],
  ['update-user', people.someUser],
  ['delete-user', people.someUser],
  ['check-user-password', people.someUser],
  ['add-user-keys', people.someUser],
  ['verify-identification', people.formUser],
  ['delete-mfa', people.formUser],
  ['set-preferred-mfa', people.formUser],
  ['mfa/setup/initiate', people.formUser],
  ['mfa/setup/verify', people.formUser],
  ['mfa/setup/enable', people.formUser],
  ['remove-user-from-group', people.groupMember],
  ['unlink', people.unlinked],
  ['place-order', people.customer],
  ['impersonate-user', people.impersonated],
  ['exit-impersonate-user', someoneElse],
  ['add-invitation', people.invited],
  ['update-invitation', people.invited],
  ['delete-invitation', people.invited],
  ['send-invitation', people.invited],
  ['verify-invitation', people.invited],
  ['add-session', storedSession],
  ['update-session', storedSession],
  ['delete-session', storedSession],
  ['add-token', storedToken],
  ['update-token', storedToken],
  ['delete-token', storedToken],
  ['login/oauth/access_token', clientAlone],
  ['login/oauth/refresh_token', clientAlone],
  ['login/oauth/introspect', clientAlone],
  ['device-auth', clientAlone],
  ['enforce', decision],
  ['batch-enforce', decision],
  // A policy has no name of its own; what the request's address names is the one who enforces it.
  ['add-policy', someoneElse],
  ['update-policy', someoneElse],
  ['remove-policy', someoneElse],
])

export function readingsOf(record: CasdoorRecord): Reading[] {
  const particulars = (ACTIONS.get(record.action) ?? thing)(record)
  const sessions = deletedSessions(record)
  const reading: Reading = {
    ...told<Omit<Reading, 'facts'>>({
      organization: organization(record.organization),
      request: told({ ip: record.ip }),
    }),
    ...particulars,
    facts: { ...facts(record), session_told: sessions.length > 0, ...particulars?.facts },
  }
  return sessions.length === 0 ? [reading] : sessions.map((id) => ({ ...reading, session: { id } }))
}

function facts({ object, ...record }: CasdoorRecord): Reading['facts'] {
  return {
    ...told<Reading['facts']>({
      outcome: record.outcome,
      message: record.message,
      factor: object.mfaType,
      purpose: object.method,
    }),
    failed: record.failed,
    signed_in: record.user !== undefined,
  }
}
