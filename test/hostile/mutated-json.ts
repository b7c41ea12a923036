/** JSON values that are almost good: a good one, with something hostile at one of its places. */
import fc from 'fast-check'

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json }

/** Texts that have broken something somewhere: terminals, paths, queries, templates, numbers, dates, sizes. */
const STRINGS = [
  ...['', ' ', '\0', '\r\nX-Evil: 1', '\n', '\u001b[2J', '\u202e\u2066', '\ufeff', '\ud83d', '\udc00x'],
  ...['👩‍👩‍👧', 'ß', '../../../etc/passwd', '%2e%2e%2f', "' or 1=1 --", '"; drop table events; --'],
  ...['<script>alert(1)</script>', '${7*7}', '{{7*7}}', '%s%n%x', '__proto__', 'constructor', 'toString'],
  ...['hasOwnProperty', 'null', 'undefined', 'NaN', '-1', '0', '1e309', '9007199254740993'],
  ...['9999-12-31T23:59:59Z', '-271821-04-20T00:00:00Z', '0000', '*', 'x'.repeat(300), 'x'.repeat(5_000)],
  ...['é'.repeat(2_048), 'a/b', '/', '//', '?', '#', '&', '=', '[]', '{}', '.web'],
]

export const string = fc.oneof(
  { arbitrary: fc.constantFrom(...STRINGS), weight: 3 },
  fc.string({ unit: 'binary', maxLength: 40 }),
)
const scalar = fc.oneof(
  string,
  fc.constantFrom<Json>(null, true, false, 0, -0, -1, 0.5, 1e308, -1e308, 2 ** 53, 253_402_300_800),
)
/** Any JSON, most of it short. */
export const hostile: fc.Arbitrary<Json> = fc.oneof(
  { arbitrary: scalar, weight: 4 },
  fc.array(scalar, { maxLength: 3 }),
  fc.dictionary(string, scalar, { maxKeys: 3 }),
  fc.constantFrom(40, 600).map((depth) => deep(depth)),
)

const deep = (depth: number): Json => {
  let value: Json = 'bottom'
  for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? [value] : { a: value }
  return value
}

/** The value with something else at one of its places: in its stead, beside it, or nothing. */
export function mutated(value: Json): fc.Arbitrary<Json> {
  const inside: fc.Arbitrary<Json>[] = [hostile]
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries())
      inside.push(mutated(item).map((next) => value.with(index, next)))
    inside.push(hostile.map((more) => [...value, more]))
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, member] of Object.entries(value)) {
      const { [name]: _gone, ...others } = value
      inside.push(
        mutated(member).map((next) => ({ ...value, [name]: next })),
        fc.constant(others),
      )
    }
    inside.push(fc.tuple(string, hostile).map(([name, more]) => ({ ...value, [name]: more })))
  }
  return fc.oneof(...inside)
}

/** As JSON, and now and then as JSON that is not quite. */
export const text = (json: fc.Arbitrary<Json>): fc.Arbitrary<Buffer> =>
  fc.tuple(json, fc.nat({ max: 11 }), fc.nat()).map(([value, how, at]) => {
    const bytes = Buffer.from(JSON.stringify(value))
    if (how === 0) return bytes.subarray(0, at % (bytes.length + 1))
    if (how === 1) return Buffer.concat([Buffer.from('\ufeff'), bytes])
    if (how === 2) bytes[at % bytes.length] = at & 255
    return bytes
  })
