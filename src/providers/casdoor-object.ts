/**
 * A Casdoor record's `object`: the raw body of the request that it is about, as a string. It may be JSON, a
 * form or multipart, and holds passwords, codes and secrets in clear. So it is never kept: these fields are
 * read out of it, one by one, and the rest is forgotten.
 */
import { isObject } from './json-object.ts'

const FIELDS = [
  // a user, or a thing
  'owner',
  'name',
  'id',
  'email',
  'phone',
  'displayName',
  // a sign-in or sign-up form
  'application',
  'organization',
  'username',
  'signinMethod',
  // the forms that set a password and sign out
  'userOwner',
  'userName',
  'logoutAll',
  // the forms of second factors, of groups and of codes that are sent
  'mfaType',
  'groupName',
  'method',
  'type',
  'dest',
  'checkUser',
  'applicationId',
  // whose a token or an order is, and a token request's client
  'user',
  'client_id',
] as const

export type ObjectFields = Partial<Record<(typeof FIELDS)[number], string>>

export interface RequestObject extends ObjectFields {
  /** The user whose link to another provider is taken away stands inside the form. */
  unlinked?: ObjectFields
  sessionIds?: string[]
  isForbidden?: boolean
  isDeleted?: boolean
}

/** What is not text, or cannot be read, was not told: the format is the sender's own, not Casdoor's promise. */
export function readObject(object: string): RequestObject {
  const told = fields(object)
  const [user, sessions] = [told('user'), told('sessionId')]
  return {
    ...textsOf(told),
    ...(isObject(user) && { unlinked: textsOf((field) => user[field]) }),
    ...(Array.isArray(sessions) && { sessionIds: sessions.filter(isText) }),
    ...flagsOf(told),
  }
}

function textsOf(told: (field: string) => unknown): ObjectFields {
  const found: ObjectFields = {}
  for (const field of FIELDS) {
    const value = told(field)
    if (isText(value)) found[field] = value
  }
  return found
}

function flagsOf(told: (field: string) => unknown): Pick<RequestObject, 'isForbidden' | 'isDeleted'> {
  const [isForbidden, isDeleted] = [told('isForbidden'), told('isDeleted')]
  return {
    ...(typeof isForbidden === 'boolean' && { isForbidden }),
    ...(typeof isDeleted === 'boolean' && { isDeleted }),
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function fields(object: string): (field: string) => unknown {
  if (object.startsWith('--')) return multipartField(object)
  if (!/^\s*[[{]/.test(object)) {
    const form = new URLSearchParams(object)
    return (field) => form.get(field)
  }
  const value = parsed(object)
  return (field) => (Object.hasOwn(value, field) ? value[field] : undefined)
}

function parsed(json: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(json)) as Record<string, unknown>
  } catch {
    return {}
  }
}

/**
 * The fields of `multipart/form-data` (RFC 7578). The first line is the delimiter, which counts at the beginning of
 * a line only, and owns the line's end before it (RFC 2046 §5.1.1).
 */
function multipartField(object: string): (field: string) => string | undefined {
  const delimiter = object.slice(0, object.indexOf('\r\n'))
  const parts = `\r\n${object}`.split(`\r\n${delimiter}`).map((part) => {
    const end = part.indexOf('\r\n\r\n')
    // A name counts in a part's header only: in its value, anyone may have typed it.
    return { header: part.slice(0, Math.max(end, 0)), value: part.slice(end + 4) }
  })
  return (field) => parts.find(({ header }) => header.includes(`; name="${field}"`))?.value
}
