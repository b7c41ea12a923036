/** What a Casdoor record says, in neutral names. Whom it is about depends on the action. */
import { told, type Person, type Reading } from '../core/reading.ts'
import type { CasdoorRecord } from './casdoor-record.ts'

/** What an action tells beyond what every record does. */
type Particulars = Omit<Reading, 'facts'> & { facts?: Reading['facts'] }

/** Sign-in methods as RFC 8176 names them; the field is the client's word, so others are not passed on. */
const METHODS = new Map([
  ['Password', 'pwd'],
  ['LDAP', 'pwd'],
  ['Verification code', 'otp'],
  ['Face ID', 'face'],
  ['WebAuthn', 'pop'],
])

/** Actions that people do to themselves name them as the signed-in user; the others say whom in `object`. */
const ACTIONS = new Map<string, (record: CasdoorRecord) => Particulars | undefined>([
  ['login', signIn],
  ['signup', signUp],
  ['logout', themselves],
  ['sso-logout', themselves],
  ['set-password', passwordOwner],
  ['new-user', newUser],
  ['new-user-ldap', someUser],
  ['new-user-syncer', someUser],
  ['add-user', someUser],
  ['update-user', someUser],
  ['delete-user', someUser],
])

export function readingOf(record: CasdoorRecord): Reading {
  const particulars = (ACTIONS.get(record.action) ?? someoneElse)(record)
  return {
    ...told<Omit<Reading, 'facts'>>({
      organization: organization(record.organization),
      request: told({ ip: record.ip }),
    }),
    ...particulars,
    facts: {
      ...told<Reading['facts']>({ outcome: record.outcome, message: record.message }),
      signed_in: record.user !== undefined,
      ...particulars?.facts,
    },
  }
}

/** Whoever is signed in already when an attempt fails need not be the one who tried. */
function signIn({ outcome, organization: home, object, ...record }: CasdoorRecord): Particulars | undefined {
  const user = outcome === 'ok' ? record.user : undefined
  const method = METHODS.get(object.signinMethod ?? '')
  return told<Particulars>({
    user,
    typed: user === undefined ? object.username : undefined,
    organization: organization(home ?? object.organization),
    client: told({ name: object.application }),
    authentication: method === undefined ? undefined : { methods: [method] },
  })
}

/** The form says what was typed; whether it became a user, the outcome says. */
function signUp({ user, organization: home, object, outcome }: CasdoorRecord): Particulars | undefined {
  const { username, email, phone, name } = object
  const registered = told<Person>({ username, email, phone, name, ...user })
  return told<Particulars>({
    user: outcome === 'ok' ? registered : undefined,
    typed: outcome === 'ok' ? undefined : (username ?? email ?? phone),
    organization: organization(home ?? object.organization),
    client: told({ name: object.application }),
  })
}

function themselves({ user, query, object }: CasdoorRecord): Particulars | undefined {
  const all = query.get('logoutAll') ?? object.logoutAll ?? ''
  return {
    ...(user && { user }),
    facts: { every_session: ['', 'true', '1'].includes(all) },
  }
}

function passwordOwner({ user, organization: home, object }: CasdoorRecord): Particulars | undefined {
  return told<Particulars>({
    user: user ?? told<Person>({ username: object.userName }),
    organization: organization(home ?? object.userOwner),
  })
}

/** Nobody was signed in before: a signed-in user is the new one. */
function newUser(record: CasdoorRecord): Particulars | undefined {
  return told<Particulars>({
    user: userInObject(record) ?? record.user,
    organization: organization(record.object.owner ?? record.organization),
  })
}

function someUser(record: CasdoorRecord): Particulars | undefined {
  const { user, object, query } = record
  const self = user?.username === object.name && record.organization === object.owner
  return {
    ...told<Particulars>({
      user: userInObject(record),
      actor: self ? undefined : actor(record),
      organization: organization(object.owner ?? record.organization),
      changed: columns(query),
    }),
    ...(user && { facts: { self } }),
  }
}

function someoneElse(record: CasdoorRecord): Particulars | undefined {
  return told<Particulars>({ actor: actor(record) })
}

/** With a client's own credentials the organization reads `app` and the user is the application. */
function actor({ user, organization: home }: CasdoorRecord): Reading['actor'] {
  if (user?.username === undefined) return undefined
  if (home === 'app') return { type: 'client', id: user.username }
  return { type: 'user', ...told({ id: user.id, username: user.username }) }
}

function userInObject({ object }: CasdoorRecord): Person | undefined {
  if (object.id === undefined && object.name === undefined) return undefined
  const { id, name, email, phone, displayName } = object
  return told<Person>({ id, username: name, email, phone, name: displayName })
}

/** An organization's name is its key in Casdoor. */
function organization(name: string | undefined): Reading['organization'] {
  return name === undefined ? undefined : { name }
}

/** An update may list the attributes that it is about. */
function columns(query: URLSearchParams): string[] | undefined {
  const names = query
    .get('columns')
    ?.split(',')
    .filter((name) => /^\w+$/.test(name))
  return names === undefined || names.length === 0 ? undefined : names
}
