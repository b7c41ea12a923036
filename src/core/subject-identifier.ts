/** Reads a subject identifier that a publisher wrote (RFC 9493 §3). */
import type { SubjectId } from './event.ts'
import { isObject } from './strict-json.ts'

type Members = Readonly<Record<string, (value: unknown) => boolean>>

const MAX_LENGTH = 1024

const text = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= MAX_LENGTH && value.isWellFormed()

const like =
  (form: RegExp) =>
  (value: unknown): boolean =>
    text(value) && form.test(value)

/**
 * The formats that name a person, a session or a thing in one way. `uri`, `did` and `aliases` are left out: what
 * in them is personal could not be told, and so not be withheld.
 */
const FORMATS: ReadonlyMap<unknown, Members> = new Map<unknown, Members>([
  ['iss_sub', { iss: text, sub: text }],
  ['opaque', { id: text }],
  ['email', { email: like(/^[^\s@]+@[^\s@]+$/) }],
  // E.164, with its plus sign (§3.2.5).
  ['phone_number', { phone_number: like(/^\+[1-9]\d{1,14}$/) }],
  ['account', { uri: like(/^acct:[^\s@]+@[^\s@]+$/i) }],
])

/** What every session is told of (SSF 1.0 §3.2): the user and the session, each in a format of its own. */
const COMPLEX: Members = { user: isSimple, session: isSimple }

/** The identifier, if it holds the members of its format and no others (§3: a subject is named in one way). */
export function readSubjectId(value: unknown): SubjectId | undefined {
  return isSimple(value) || hasExactly(value, 'complex', COMPLEX) ? (value as SubjectId) : undefined
}

/** Whether its format is one that this reads, however well it is kept to. */
export const isOfKnownFormat = ({ format }: { format?: unknown }): boolean =>
  format === 'complex' || FORMATS.has(format)

function isSimple(value: unknown): boolean {
  const format = (value as { format?: unknown } | null | undefined)?.format
  const members = FORMATS.get(format)
  return members !== undefined && hasExactly(value, format, members)
}

function hasExactly(value: unknown, format: unknown, members: Members): boolean {
  if (!isObject(value)) return false
  const { format: given, ...rest } = value
  const names = Object.keys(rest)
  return (
    given === format &&
    names.length === Object.keys(members).length &&
    names.every((name) => Object.hasOwn(members, name) && members[name]?.(rest[name]) === true)
  )
}
