/** Records about a thing: it stands in `object`, and whoever is signed in did something to it. */
import { told, type Person } from '../core/reading.ts'
import { actor, client, organization, type Particulars } from './casdoor-parties.ts'
import type { CasdoorRecord } from './casdoor-record.ts'

/** What a decision may be asked of, as the query names it. */
const ASKED = ['enforcer', 'permission', 'model'] as const

/** Its key is `owner/name`, in the request's address too; an LDAP server has an id in its place. */
export function thing(record: CasdoorRecord): Particulars | undefined {
  const { owner, name, id, user, organization: named } = record.object
  const key = owner === undefined || name === undefined ? (id ?? record.address) : `${owner}/${name}`
  return told<Particulars>({
    user: told<Person>({ username: user }),
    actor: actor(record),
    organization: organization(named, owner, record.organization),
    resource: told({ id: key, name }),
  })
}

export function someoneElse(record: CasdoorRecord): Particulars | undefined {
  return told<Particulars>({ actor: actor(record) })
}

/** A session is named after its user. */
export function storedSession(record: CasdoorRecord): Particulars | undefined {
  const { owner, name, application } = record.object
  return told<Particulars>({
    user: told<Person>({ username: name }),
    actor: actor(record),
    organization: organization(owner, record.organization),
    client: client(application),
  })
}

/**
 * Of a session that lives its id would open it. Deleted is the one that the address names, else all that are
 * listed; but whoever deletes their own keeps the one that they are in, and which that is nobody tells.
 */
export function deletedSessions({
  action,
  object,
  query,
  user,
  organization: home,
}: CasdoorRecord): string[] {
  if (action !== 'delete-session') return []
  const one = query.get('sessionId') ?? ''
  if (one !== '') return [one]
  const own = user?.username === object.name && home === object.owner
  return own ? [] : [...new Set(object.sessionIds)]
}

export function storedToken(record: CasdoorRecord): Particulars | undefined {
  const { user, organization: named, application } = record.object
  return told<Particulars>({
    user: told<Person>({ username: user }),
    actor: actor(record),
    organization: organization(named, record.organization),
    client: client(application),
  })
}

/** The request itself (who, what, how) is the asker's own business and stays in `object`. */
export function decision(record: CasdoorRecord): Particulars | undefined {
  const idOf = (kind: string): string => record.query.get(`${kind}Id`) ?? ''
  const asked = ASKED.find((kind) => idOf(kind) !== '')
  return {
    ...someoneElse(record),
    ...(asked && { resource: { id: idOf(asked) }, facts: { asked } }),
  }
}
