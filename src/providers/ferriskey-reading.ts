/**
 * What a FerrisKey payload says, in neutral names. `data` is the record that the event is about, which may be
 * a user, a role or a webhook with its secrets: only the fields named here are read.
 */
import { Refusal } from '../core/errors.ts'
import { told, type AccountState, type Person, type Reading } from '../core/reading.ts'
import { flag, isObject, nested, text, type JsonObject } from './json-object.ts'

type Particulars = Pick<Reading, 'user' | 'state' | 'client' | 'resource'>

/** How soon after it was made a record is told of, in milliseconds. */
const AT_ONCE = 10_000

export function readingsOf(event: string, payload: JsonObject): Reading[] {
  return records(payload.data).map((data) => ({
    ...told<Omit<Reading, 'facts'>>({ organization: realm(event, payload, data) }),
    ...particulars(event, payload, data),
    facts: {
      role: isRole(data),
      realm_told: nested(data, 'realm') !== undefined,
      just_made: isJustMade(payload, data),
      ...told<Reading['facts']>({ credential: text(data, 'credential_type') }),
    },
  }))
}

/** Mostly the record itself; a deletion may send no more than its id, or the ids of many. */
function records(data: unknown): JsonObject[] {
  return (Array.isArray(data) ? data : [data ?? {}]).map((record: unknown) => {
    if (isObject(record)) return record
    if (typeof record === 'string' && /^[0-9a-f-]{36}$/i.test(record)) return { id: record }
    throw new Refusal('malformed', 'The field data is neither a record, nor an id, nor a list of them.')
  })
}

function particulars(event: string, payload: JsonObject, data: JsonObject): Particulars | undefined {
  if (event === 'auth.reset_password') return told({ user: told({ id: text(payload, 'resource_id') }) })
  if (event.startsWith('auth.')) {
    return told<Particulars>({
      user: told({ id: text(data, 'user_id') }),
      client: told({ id: text(data, 'client_id') }),
    })
  }
  if (event.startsWith('user.') && !event.startsWith('user.role.') && !isRole(data)) {
    return told<Particulars>({ user: person(data), state: account(data) })
  }
  if (event.startsWith('realm.')) {
    return { resource: { ...told({ id: text(payload, 'resource_id'), name: text(data, 'name') }) } }
  }
  return told<Particulars>({
    // Of a client it is the name that it signs in with, of anything else the client that it belongs to.
    client: event.startsWith('client.') ? undefined : told({ id: text(data, 'client_id') }),
    resource: told({ id: text(data, 'id'), name: text(data, 'name') ?? text(data, 'value') }),
  })
}

/** `resource_id` is the realm's id, but for the one event that names a user there. */
function realm(event: string, payload: JsonObject, data: JsonObject): Reading['organization'] {
  if (event === 'auth.reset_password') return undefined
  return told({ id: text(payload, 'resource_id'), name: text(nested(data, 'realm'), 'name') })
}

function person(data: JsonObject): Person | undefined {
  const names = [text(data, 'firstname'), text(data, 'lastname')].filter((name) => name !== undefined)
  return told<Person>({
    // A credential names its owner.
    id: text(data, 'user_id') ?? text(data, 'id'),
    username: text(data, 'username'),
    email: text(data, 'email'),
    name: names.length === 0 ? undefined : names.join(' '),
  })
}

function account(data: JsonObject): AccountState | undefined {
  return told<AccountState>({
    enabled: flag(data, 'enabled'),
    email: text(data, 'email'),
    username: text(data, 'username'),
  })
}

/** Taking a role from a user is told as an update of the user, with the role in the user's place. */
function isRole(data: JsonObject): boolean {
  return data.username === undefined && ('permissions' in data || 'require_mfa' in data)
}

function isJustMade(payload: JsonObject, data: JsonObject): boolean {
  const [told, made] = [text(payload, 'timestamp'), text(data, 'created_at')].map((time) =>
    Date.parse(time ?? ''),
  )
  return Math.abs((told ?? NaN) - (made ?? NaN)) <= AT_ONCE
}
