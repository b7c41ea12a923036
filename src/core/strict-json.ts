/**
 * Reads JSON that others wrote, the one way for all of it. What two readers could understand differently is refused:
 * a member that stands twice (RFC 8259 §4), `__proto__`, text that is no UTF-8, and nesting that no honest text needs.
 */
import { Refusal } from './errors.ts'

/** Levels of objects and arrays. Users of some providers may nest data of their own; no stack ends so soon. */
export const MAX_JSON_DEPTH = 512

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

/** @param text is JSON: outside of strings every brace, bracket and colon is what it seems to be */
function faultOf(text: string): string | undefined {
  /** The names in each object that is open; undefined for an array. */
  const open: (Set<string> | undefined)[] = []
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at)
    switch (char) {
      case '{':
      case '[':
        open.push(char === '{' ? new Set() : undefined)
        if (open.length > MAX_JSON_DEPTH) return `The JSON is nested more than ${MAX_JSON_DEPTH} levels deep.`
        break
      case '}':
      case ']':
        open.pop()
        break
      case '"': {
        const end = endOfString(text, at)
        if (isName(text, end)) {
          const name = JSON.parse(text.slice(at, end + 1)) as string
          if (name === '__proto__') return 'The JSON has a member __proto__; leave it out.'
          const names = open.at(-1)
          if (names?.has(name) === true) return 'The JSON has a member twice in one object; name it once.'
          names?.add(name)
        }
        at = end
      }
    }
  }
  return undefined
}

/** @returns where the closing quotation mark is */
function endOfString(text: string, start: number): number {
  let at = start + 1
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at
}

/** Whether a string is a member's name: a colon follows it. */
function isName(text: string, end: number): boolean {
  let at = end + 1
  while (/[ \t\r\n]/.test(text[at] ?? '')) at += 1
  return text[at] === ':'
}
