/** Whom a Logto payload is about: each kind of hook has its own place for it. */
import { told, type AccountState, type Person } from '../core/reading.ts'
import { flag, nested, text, type JsonObject } from './json-object.ts'

/** What a lockout calls an identifier. */
const IDENTIFIERS = new Map<string | undefined, keyof Person>([
  ['username', 'username'],
  ['email', 'email'],
  ['phone', 'phone'],
])

export function userOf(name: string, payload: JsonObject): Person | undefined {
  const data = dataOf(payload)
  const named = text(nested(payload, 'params'), 'userId')
  if (name === 'Identifier.Lockout') {
    // As it was typed, whether or not somebody has it.
    return identified(text(payload, 'type'), text(payload, 'value'))
  }
  if (name === 'Message.RateLimited') {
    const recipient = text(payload, 'recipient')
    return identified(recipient?.includes('@') === true ? 'email' : 'phone', recipient)
  }
  if (name.startsWith('TrustedDevice.')) return told<Person>({ id: text(data, 'userId') ?? named })
  if (name.startsWith('User.')) return person(data, named)
  return person(nested(payload, 'user'), text(payload, 'userId'))
}

/** What changed; of a role's scopes a list, which names nothing that the event is about. */
export function dataOf(payload: JsonObject): JsonObject | undefined {
  return Array.isArray(payload.data) ? undefined : nested(payload, 'data')
}

/** Whether the user is suspended has an event of its own, which states the direction: no other is read for it. */
export function accountOf(name: string, payload: JsonObject): AccountState | undefined {
  const [data, user] = [dataOf(payload), userOf(name, payload)]
  if (!name.startsWith('User.') || user?.id === undefined || data?.id !== user.id) return undefined
  const suspended = name === 'User.Data.Updated' ? undefined : flag(data, 'isSuspended')
  return told<AccountState>({
    enabled: suspended === undefined ? undefined : !suspended,
    email: user.email,
    phone: user.phone,
    username: user.username,
  })
}

function identified(type: string | undefined, value: string | undefined): Person | undefined {
  const kind = IDENTIFIERS.get(type)
  return kind === undefined || value === undefined ? undefined : { [kind]: value }
}

/**
 * Some routes answer with a part of the user's data (custom data, a profile) that has names of its own: what
 * is not known to be the user themselves says nothing about them.
 */
function person(data: JsonObject | undefined, named: string | undefined): Person | undefined {
  if (named !== undefined && data?.id !== named) return { id: named }
  const id = text(data, 'id')
  if (id === undefined) return undefined
  return told<Person>({
    id,
    username: text(data, 'username'),
    email: text(data, 'primaryEmail'),
    phone: text(data, 'primaryPhone'),
    name: text(data, 'name'),
  })
}
