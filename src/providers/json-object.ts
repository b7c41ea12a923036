/** Strict reading of a payload: a wrong type is a refusal, an empty or null field was not told. */
import { Refusal } from '../core/errors.ts'
import { LAST_SECOND } from '../core/reading.ts'
import { isObject, type JsonObject, parseStrictJson } from '../core/strict-json.ts'

export { isObject, type JsonObject }

/** @throws Refusal `malformed` when the body is not a JSON object in UTF-8 */
export function parseObject(body: Buffer): JsonObject {
  const value = parseStrictJson(body)
  if (!isObject(value)) throw new Refusal('malformed', 'The body is not a JSON object.')
  return value
}

export function text(object: JsonObject | undefined, field: string): string | undefined {
  const value = member(object, field)
  if (value === undefined || value === '') return undefined
  if (typeof value !== 'string') throw new Refusal('malformed', `The field ${field} is not a string.`)
  return value
}

export function flag(object: JsonObject | undefined, field: string): boolean | undefined {
  const value = member(object, field)
  if (value === undefined || typeof value === 'boolean') return value
  throw new Refusal('malformed', `The field ${field} is not true or false.`)
}

export function nested(object: JsonObject | undefined, field: string): JsonObject | undefined {
  const value = member(object, field)
  if (value === undefined || isObject(value)) return value
  throw new Refusal('malformed', `The field ${field} is not an object.`)
}

/** A list of objects; an absent one is empty. */
export function objects(object: JsonObject | undefined, field: string): JsonObject[] {
  return list(object, field, isObject, 'objects')
}

/** A list of texts; an absent one is empty, and so is what an empty text tells. */
export function texts(object: JsonObject | undefined, field: string): string[] {
  return list(object, field, (item) => typeof item === 'string', 'strings').filter((item) => item !== '')
}

/** No provider has a longer name for anything; a longer one would fill the log. In characters. */
export const MAX_NAME = 256

/** The event's name: the one field that no payload may lack. */
export function requiredText(object: JsonObject, field: string): string {
  const value = text(object, field)
  if (value === undefined) throw new Refusal('malformed', `The body has no field ${field}.`)
  if (value.length > MAX_NAME) throw new Refusal('malformed', `The field ${field} is too long for a name.`)
  return value
}

/** Whole seconds since 1970 of an ISO 8601 time; a time that cannot be read was not told. */
export function seconds(time: string | undefined): number | undefined {
  const milliseconds = time === undefined ? NaN : Date.parse(time)
  return milliseconds >= 0 && milliseconds / 1000 <= LAST_SECOND ? Math.floor(milliseconds / 1000) : undefined
}

/** Whole seconds since 1970 of a time that is told as a number. */
export function secondsIn(object: JsonObject, field: string, perSecond = 1): number | undefined {
  const value = member(object, field)
  if (value === undefined) return undefined
  if (typeof value === 'number' && value >= 0 && value / perSecond <= LAST_SECOND)
    return Math.floor(value / perSecond)
  throw new Refusal('malformed', `The field ${field} is no time since 1970, at ${perSecond} to the second.`)
}

/** A number, or a text that is one; an object's own `toString` may be anything, and is not asked. */
export const numeric = (value: unknown): number => (typeof value === 'object' ? NaN : Number(value))

function list<T>(
  object: JsonObject | undefined,
  field: string,
  fits: (item: unknown) => item is T,
  what: string,
): T[] {
  const value = member(object, field) ?? []
  if (Array.isArray(value) && value.every(fits)) return value
  throw new Refusal('malformed', `The field ${field} is not a list of ${what}.`)
}

function member(object: JsonObject | undefined, field: string): unknown {
  return object !== undefined && Object.hasOwn(object, field) ? (object[field] ?? undefined) : undefined
}
