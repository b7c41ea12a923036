/** The hub's own form, for publishers that have none: events in the catalogue's words, one or many. */
import { Refusal } from '../core/errors.ts'
import { LAST_SECOND, type NativeEvent } from '../core/reading.ts'
import { parseStrictJson } from '../core/strict-json.ts'
import { readSubjectId } from '../core/subject-identifier.ts'
import { proves } from './credentials.ts'
import { isObject, nested, requiredText, type JsonObject } from './json-object.ts'
import type { Provider } from './provider.ts'

const FIELDS: readonly string[] = ['id', 'event', 'sub_id', 'toe', 'claims']

const MAX_ID = 255

/** Levels of objects and lists among the claims: enough for any, and for no stack too many. */
const MAX_DEPTH = 32

export const json: Provider = {
  name: 'json',
  authMethods: ['bearer', 'basic', 'header'],
  authenticate: proves,

  read({ body }) {
    const payload = parseStrictJson(body)
    const items: unknown[] = Array.isArray(payload) ? payload : [payload]
    if (items.length === 0) throw new Refusal('malformed', 'The array holds no event.')
    return items.map((item, index) => inPlace(index, () => readEvent(item)))
  },
}

function readEvent(item: unknown): NativeEvent {
  if (!isObject(item)) throw new Refusal('malformed', 'It is not an object.')
  if (Object.keys(item).some((name) => !FIELDS.includes(name))) {
    throw new Refusal('malformed', `It has a field that is none of ${FIELDS.join(', ')}.`)
  }
  const key = requiredText(item, 'id')
  if (key.length > MAX_ID || !key.isWellFormed()) {
    throw new Refusal('malformed', `The field id is longer than ${MAX_ID} characters, or not Unicode.`)
  }
  const occurredAt = timeOf(item)
  return {
    name: requiredText(item, 'event'),
    key,
    ...(occurredAt !== undefined && { occurredAt }),
    readings: [],
    stated: { subId: subjectOf(item), claims: claimsOf(item) },
  }
}

function subjectOf(item: JsonObject) {
  const subject = readSubjectId(item.sub_id)
  if (subject !== undefined) return subject
  throw new Refusal(
    'malformed',
    'The field sub_id is no subject identifier: iss_sub, opaque, email, phone_number, account, or complex with user and session, with the members of its format and no others.',
  )
}

function claimsOf(item: JsonObject): Record<string, unknown> {
  const claims = nested(item, 'claims') ?? {}
  // Where an event comes from is the hub's word, not the publisher's.
  if (Object.hasOwn(claims, 'source'))
    throw new Refusal('malformed', 'The hub sets the claim source; leave it out.')
  if (!isSound(claims, MAX_DEPTH))
    throw new Refusal('malformed', 'The claims are nested too deep, or hold text that is not Unicode.')
  return claims
}

/** Half a character of a pair is none: strict readers of JSON refuse it (RFC 8259 §8.2). */
function isSound(value: unknown, levels: number): boolean {
  if (typeof value === 'string') return value.isWellFormed()
  if (typeof value !== 'object' || value === null) return true
  const members = Object.entries(value)
  return levels > 0 && members.every(([name, member]) => name.isWellFormed() && isSound(member, levels - 1))
}

function timeOf({ toe }: JsonObject): number | undefined {
  if (toe === undefined || toe === null) return undefined
  if (typeof toe === 'number' && Number.isInteger(toe) && toe >= 0 && toe <= LAST_SECOND) return toe
  throw new Refusal('malformed', 'The field toe is not a whole number of seconds since 1970.')
}

/** A refusal says which of the events it is about. */
function inPlace<T>(index: number, step: () => T): T {
  try {
    return step()
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    throw new Refusal(error.code, `Event ${index + 1} cannot be used. ${error.message}`)
  }
}
