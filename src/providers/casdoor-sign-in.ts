/** Records of people who are not signed in yet: what was typed is all that is known of them. */
import { told, type Person } from '../core/reading.ts'
import { client, organization, type Particulars } from './casdoor-parties.ts'
import type { CasdoorRecord } from './casdoor-record.ts'

/** Sign-in methods as RFC 8176 names them; the field is the client's word, so others are not passed on. */
const METHODS = new Map([
  ['Password', 'pwd'],
  ['LDAP', 'pwd'],
  ['Verification code', 'otp'],
  ['Face ID', 'face'],
  ['WebAuthn', 'pop'],
])

/** Whoever is signed in already when an attempt fails need not be the one who tried. */
export function signIn(record: CasdoorRecord): Particulars | undefined {
  const { outcome, organization: home, object } = record
  const user = outcome === 'ok' ? record.user : undefined
  const method = METHODS.get(object.signinMethod ?? '')
  return told<Particulars>({
    user,
    typed: user === undefined ? object.username : undefined,
    organization: organization(home, object.organization),
    client: client(object.application),
    authentication: method === undefined ? undefined : { methods: [method] },
  })
}

/** The form says what was typed; whether it became a user, the outcome says. */
export function signUp({
  user,
  organization: home,
  object,
  outcome,
}: CasdoorRecord): Particulars | undefined {
  const { username, email, phone, name } = object
  const registered = told<Person>({ username, email, phone, name, ...user })
  return told<Particulars>({
    user: outcome === 'ok' ? registered : undefined,
    typed: outcome === 'ok' ? undefined : (username ?? email ?? phone),
    organization: organization(home, object.organization),
    client: client(object.application),
  })
}

/** A code is checked for whoever's name was typed, signed in or not. */
export function codeCheck({ object, ...record }: CasdoorRecord): Particulars | undefined {
  return told<Particulars>({
    typed: object.username,
    organization: organization(object.organization, record.organization),
    client: client(object.application),
  })
}

/** A WebAuthn or face sign-in begins with a name in the request's address. */
export function namedInQuery({ query }: CasdoorRecord): Particulars | undefined {
  return told<Particulars>({
    user: told<Person>({ username: query.get('name') ?? undefined }),
    organization: organization(query.get('owner') ?? undefined),
  })
}

/** A code goes to the user who is named, else to an address or number, which may be masked. */
export function messageTo({ object, user, organization: home }: CasdoorRecord): Particulars | undefined {
  const { dest, type, checkUser, applicationId } = object
  const kind = type === 'email' || type === 'phone' ? type : undefined
  const address =
    kind === undefined || dest === undefined || dest.includes('*') ? undefined : { [kind]: dest }
  return told<Particulars>({
    user: user ?? (checkUser === undefined ? address : { username: checkUser }),
    organization: organization(home),
    client: client(applicationId),
  })
}

/** The endpoints of OAuth name a client and carry tokens, codes and secrets. */
export function clientAlone({ object, query }: CasdoorRecord): Particulars | undefined {
  return told<Particulars>({ client: told({ id: object.client_id ?? query.get('client_id') ?? undefined }) })
}
