/**
 * A Casdoor record's `object`: the raw body of the request that it is about, as a string. It may be JSON, a
 * form or multipart, and holds passwords, codes and secrets in clear. So it is never kept: these fields are
 * read out of it, one by one, and the rest is forgotten.
 */

const FIELDS = [
  // a user
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
] as const

export type ObjectFields = Partial<Record<(typeof FIELDS)[number], string>>

/** What is not text, or cannot be read, was not told: the format is the sender's own, not Casdoor's promise. */
export function readObject(object: string): ObjectFields {
  const told = fields(object)
  const fieldsTold: ObjectFields = {}
  for (const field of FIELDS) {
    const value = told(field)
    if (typeof value === 'string' && value !== '') fieldsTold[field] = value
  }
  return fieldsTold
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

/** The fields of `multipart/form-data` (RFC 7578); the first line is the delimiter (RFC 2046 §5.1.1). */
function multipartField(object: string): (field: string) => string | undefined {
  const delimiter = object.slice(0, object.indexOf('\r\n'))
  const parts = object.split(delimiter).map((part) => {
    const end = part.indexOf('\r\n\r\n')
    // A name counts in a part's header only: in its value, anyone may have typed it.
    return { header: part.slice(0, Math.max(end, 0)), value: part.slice(end + 4).replace(/\r\n$/, '') }
  })
  return (field) => parts.find(({ header }) => header.includes(`; name="${field}"`))?.value
}
