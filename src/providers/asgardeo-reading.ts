/** What an event of WSO2's says, in neutral names. */
import { told, type Reading } from '../core/reading.ts'
import { claimNames, personOf } from './asgardeo-person.ts'
import { isObject, nested, numeric, objects, text, texts, type JsonObject } from './json-object.ts'

/** CAEP knows no application that acts by itself: to it that is the system. */
const INITIATORS = new Map<string | undefined, NonNullable<Reading['initiator']>>([
  ['ADMIN', 'admin'],
  ['USER', 'user'],
  ['APPLICATION', 'system'],
  ['SYSTEM', 'system'],
])

/** Authenticators as RFC 8176 names what they do; others go by their own names. */
const METHODS = new Map([
  ['BasicAuthenticator', 'pwd'],
  ['FIDOAuthenticator', 'pop'],
  ['totp', 'otp'],
  ['email-otp-authenticator', 'otp'],
  ['sms-otp-authenticator', 'sms'],
])

const MEMBERS = ['Users', 'Groups', 'IdpGroups']

export function readingsOf(event: JsonObject): Reading[] {
  const user = personOf(nested(event, 'user'))
  const methods = texts(event, 'authenticationMethods').map((method) => METHODS.get(method) ?? method)
  const common: Reading = {
    facts: facts(event),
    ...told<Omit<Reading, 'facts'>>({
      user,
      // Who has no id yet, or none at all, is known by what was typed.
      typed: user?.id === undefined ? (user?.username ?? user?.email ?? user?.phone) : undefined,
      initiator: INITIATORS.get(text(event, 'initiatorType')),
      organization: named(nested(event, 'organization') ?? nested(event, 'tenant')),
      request: told({ ip: text(event, 'initiatorIpAddress') }),
      authentication: methods.length === 0 ? undefined : { methods },
      changed: claimNames(nested(event, 'user')),
      resource: named(nested(event, 'role')),
      members: members(nested(event, 'role')),
    }),
  }
  return occasions(event).map((occasion) => ({
    ...common,
    ...occasion,
    facts: { ...common.facts, session_told: occasion?.session !== undefined },
  }))
}

function facts(event: JsonObject): Reading['facts'] {
  const reason = nested(event, 'reason')
  const context = reason?.context
  const failed = isObject(context) ? context.failedStep : undefined
  return {
    later_step: isObject(failed) && numeric(failed.step) > 1,
    ...told<Reading['facts']>({
      action: text(event, 'action'),
      credential: text(event, 'credentialType'),
      cause: text(reason, 'description'),
    }),
  }
}

/** A revocation lists the sessions, or the applications whose tokens it was: each is an occasion of its own. */
function occasions(event: JsonObject): (Pick<Reading, 'session' | 'client'> | undefined)[] {
  const sessions = objects(event, 'sessions')
  if (sessions.length > 0) return sessions.map((session) => occasion(session, onlyApplication(session)))
  const applications = objects(event, 'applications')
  if (applications.length > 0) return applications.map((application) => occasion(undefined, application))
  return [occasion(nested(event, 'session'), nested(event, 'application'))]
}

function occasion(session: JsonObject | undefined, application: JsonObject | undefined) {
  const id = text(session, 'id')
  return told<Pick<Reading, 'session' | 'client'>>({
    session: id === undefined ? undefined : { id },
    client: told({
      id: text(application, 'id') ?? text(application, 'consumerKey'),
      name: text(application, 'name'),
    }),
  })
}

function onlyApplication(session: JsonObject): JsonObject | undefined {
  const [first, ...others] = objects(session, 'applications')
  return others.length === 0 ? first : undefined
}

function members(role: JsonObject | undefined): Reading['members'] {
  const ids = (what: string): string[] | undefined => {
    const found = MEMBERS.flatMap((kind) => objects(role, `${what}${kind}`))
      .map((member) => text(member, 'id') ?? text(member, 'groupId'))
      .filter((id) => id !== undefined)
    return found.length === 0 ? undefined : found
  }
  return told({ added: ids('added'), removed: ids('removed') })
}

function named(thing: JsonObject | undefined): { id?: string; name?: string } | undefined {
  return told({ id: text(thing, 'id'), name: text(thing, 'name') })
}
