/**
 * Reads JSON that others wrote, the one way for all of it. What two readers could understand differently is refused:
 * a member that stands twice (RFC 8259 §4), `__proto__`, text that is no UTF-8, and nesting that no honest text needs.
 */
import { Refusal } from './errors.ts'

/** Levels of objects and arrays. Users of some providers may nest data of their own; no stack ends so soon. */
export const MAX_JSON_DEPTH = 512

export type JsonObject = Readonly<Record<string, unknown>>

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** @throws Refusal `malformed`, with a sentence that holds nothing of the body */
export function parseStrictJson(body: Buffer): unknown {
  const [text, value] = parse(body)
  const fault = faultOf(text)
  if (fault !== undefined) throw new Refusal('malformed', fault)
  return value
}

function parse(body: Buffer): [text: string, value: unknown] {
  try {
    const text = utf8.decode(body)
    return [text, JSON.parse(text)]
  } catch {
    // The parser's own message quotes the body, so it is not passed on, not even as a cause.
    throw new Refusal('malformed', 'The body is not JSON in UTF-8.')
  }
}

/** What the structure of a text is made of: the beginning of a string, or the edge of an object or array. */
const STRUCTURE = /["{}[\]]/g

/** @param text is JSON: outside of strings every brace, bracket and colon is what it seems to be */
function faultOf(text: string): string | undefined {
  /** The names in each object that is open; undefined for an array. */
  const open: (Set<string> | undefined)[] = []
  const next = new RegExp(STRUCTURE)
  for (let found = next.exec(text); found !== null; found = next.exec(text)) {
    const [char] = found
    if (char === '"') {
      const end = endOfString(text, found.index)
      next.lastIndex = end + 1
      const fault = isName(text, end) ? faultOfName(text.slice(found.index + 1, end), open.at(-1)) : undefined
      if (fault !== undefined) return fault
    } else if (char === '{' || char === '[') {
      open.push(char === '{' ? new Set() : undefined)
      if (open.length > MAX_JSON_DEPTH) return `The JSON is nested more than ${MAX_JSON_DEPTH} levels deep.`
    } else open.pop()
  }
  return undefined
}

/** @param written between its quotation marks */
function faultOfName(written: string, names: Set<string> | undefined): string | undefined {
  const name = written.includes('\\') ? (JSON.parse(`"${written}"`) as string) : written
  if (name === '__proto__') return 'The JSON has a member __proto__; leave it out.'
  if (names?.has(name) === true) return 'The JSON has a member twice in one object; name it once.'
  names?.add(name)
  return undefined
}

/** @returns where the closing quotation mark is: the first before which an even number of backslashes stands */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1)
  return end
}

function isEscaped(text: string, at: number): boolean {
  let before = at
  while (text[before - 1] === '\\') before -= 1
  return (at - before) % 2 === 1
}

/** Whether a string is a member's name: a colon follows it. */
function isName(text: string, end: number): boolean {
  const colon = /[ \t\r\n]*:/y
  colon.lastIndex = end + 1
  return colon.test(text)
}
