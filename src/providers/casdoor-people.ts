/** Records about a user: themselves as the signed-in user, or somebody who stands in `object`. */
import { told, type AccountState, type Person, type Reading } from '../core/reading.ts'
import type { ObjectFields } from './casdoor-object.ts'
import { actor, client, organization, type Particulars } from './casdoor-parties.ts'
import type { CasdoorRecord } from './casdoor-record.ts'

export function themselves({ user, query, object }: CasdoorRecord): Particulars | undefined {
  const all = query.get('logoutAll') ?? object.logoutAll ?? ''
  return {
    ...told<Particulars>({ user, client: client(object.application) }),
    facts: { every_session: ['', 'true', '1'].includes(all) },
  }
}

/** The new address or number is in the form; the record may show the user as they were before. */
export function newAddress(record: CasdoorRecord): Particulars | undefined {
  const { type, dest } = record.object
  return {
    ...themselves(record),
    ...told<Particulars>({
      state: told<AccountState>({
        email: type === 'email' ? dest : undefined,
        phone: type === 'phone' ? dest : undefined,
      }),
    }),
  }
}

export function passwordOwner({ user, organization: home, object }: CasdoorRecord): Particulars | undefined {
  return told<Particulars>({
    user: user ?? told<Person>({ username: object.userName }),
    organization: organization(home, object.userOwner),
  })
}

/** Nobody was signed in before: a signed-in user is the new one. */
export function newUser({ object, user, ...record }: CasdoorRecord): Particulars | undefined {
  return told<Particulars>({
    user: person(object) ?? user,
    organization: organization(object.owner, record.organization),
    state: account({ object, ...record }),
  })
}

export function someUser(record: CasdoorRecord): Particulars | undefined {
  return told<Particulars>({ ...about(record.object, record), state: account(record) })
}

/** A form may come as the query of the address, too; without a name it is about whoever sent it. */
export function formUser(record: CasdoorRecord): Particulars | undefined {
  const { object, query } = record
  const named = told<ObjectFields>({
    owner: object.owner ?? query.get('owner') ?? undefined,
    name: object.name ?? query.get('name') ?? undefined,
  })
  return named?.name === undefined ? themselves(record) : about({ ...object, ...named }, record)
}

/** Older builds have no user in the form: people unlinked themselves only. */
export function unlinked(record: CasdoorRecord): Particulars | undefined {
  const { unlinked: other } = record.object
  return other === undefined ? themselves(record) : about(other, record)
}

/** Whoever is signed in orders, for themselves unless the address names another. */
export function customer(record: CasdoorRecord): Particulars | undefined {
  const [owner, name] = [record.query.get('owner') ?? '', record.query.get('userName') ?? '']
  return name === '' ? themselves(record) : about({ name, ...(owner !== '' && { owner }) }, record)
}

/** The group stands in the form beside the user, who has no id there. */
export function groupMember(record: CasdoorRecord): Particulars | undefined {
  const { owner, groupName: name } = record.object
  const id = owner === undefined || name === undefined ? undefined : `${owner}/${name}`
  return told<Particulars>({ ...about(record.object, record), resource: told({ id, name }) })
}

/** The one whose place an administrator takes is named `organization/name`. */
export function impersonated(record: CasdoorRecord): Particulars | undefined {
  const [, owner, username] = /^(?:(.*)\/)?([^/]+)$/.exec(record.object.username ?? '') ?? []
  return told<Particulars>({
    user: told<Person>({ username }),
    actor: actor(record),
    organization: organization(owner, record.organization),
  })
}

/** An invitation has a name of its own; whom it invites may be left open. */
export function invited(record: CasdoorRecord): Particulars | undefined {
  const { username, email, phone, owner, application } = record.object
  return told<Particulars>({
    user: told<Person>({ username, email, phone }),
    actor: actor(record),
    organization: organization(owner, record.organization),
    client: client(application),
  })
}

function about(whom: ObjectFields, record: CasdoorRecord): Particulars | undefined {
  const { user, organization: home, query } = record
  const self = user?.username === whom.name && home === whom.owner
  return told<Particulars>({
    user: person(whom),
    actor: self ? undefined : actor(record),
    initiator: user === undefined ? undefined : self ? 'user' : 'admin',
    organization: organization(whom.owner, home),
    changed: columns(query),
  })
}

function person({ id, name, email, phone, displayName }: ObjectFields): Person | undefined {
  if (id === undefined && name === undefined) return undefined
  return told<Person>({ id, username: name, email, phone, name: displayName })
}

/** An update that lists its columns changes nothing else, whatever stands in `object`. */
function account({ object, query }: Pick<CasdoorRecord, 'object' | 'query'>): AccountState | undefined {
  const plain = (column: string): string => column.replaceAll('_', '').toLowerCase()
  const listed = columns(query)?.map(plain)
  const stored = <T>(column: string, value: T): T | undefined =>
    listed === undefined || listed.includes(plain(column)) ? value : undefined
  const { isForbidden } = object
  return told<AccountState>({
    enabled: stored('isForbidden', isForbidden === undefined ? undefined : !isForbidden),
    deleted: stored('isDeleted', object.isDeleted),
    email: stored('email', object.email),
    phone: stored('phone', object.phone),
    username: stored('name', object.name),
  })
}

/** An update may list the attributes that it is about. */
function columns(query: URLSearchParams): Reading['changed'] {
  const names = query
    .get('columns')
    ?.split(',')
    .filter((name) => /^\w+$/.test(name))
  return names === undefined || names.length === 0 ? undefined : names
}
