import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { Refusal } from '../../src/core/errors.ts'
import { MAX_JSON_DEPTH, parseStrictJson } from '../../src/core/strict-json.ts'

const parse = (text: string | Buffer): unknown => parseStrictJson(Buffer.from(text))

function refusal(text: string | Buffer): string {
  try {
    parse(text)
  } catch (error) {
    if (error instanceof Refusal && error.code === 'malformed') return error.message
    throw error
  }
  throw new Error('not refused')
}

const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels)

describe('what two readers could understand differently is refused', () => {
  test.each([
    ['a member twice', '{"a":1,"b":2,"a":1}', /twice/],
    ['the same in another spelling', '{"a":1,"\\u0061":2}', /twice/],
    ['with space before the colon', '{"a" :1,"a"\n\t:2}', /twice/],
    ['deep inside', '[0,{"x":[{"y":{"b":{},"b":{}}}]}]', /twice/],
    ['an empty name twice', '{"":1,"":2}', /twice/],
    ['__proto__', '{"__proto__":{"admin":true}}', /__proto__/],
    ['__proto__ in disguise', '{"x":[{"\\u005f_proto__":1}]}', /__proto__/],
    ['a level too many', nested(MAX_JSON_DEPTH + 1), /deep/],
    ['100,000 levels', nested(100_000), /deep/],
    ['100,000 levels of objects', '{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000), /deep/],
    ['100,000 levels that do not close', '['.repeat(100_000), /not JSON/],
    ['no UTF-8', Buffer.from([0x22, 0xc3, 0x28, 0x22]), /UTF-8/],
    ['UTF-16', Buffer.from('{"a":1}', 'utf16le'), /UTF-8/],
    ['half a character in UTF-8', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), /UTF-8/],
    ['nothing', '', /not JSON/],
    ['two values', '{}{}', /not JSON/],
    ['a number that JavaScript alone knows', '{"a":NaN}', /not JSON/],
    ['a comment', '{"a":1/* */}', /not JSON/],
  ])('%s', (_what, text, why) => {
    expect(refusal(text)).toMatch(why)
  })

  it('in a sentence that repeats nothing of it', () => {
    expect(refusal('{"LEAK":1,"LEAK":2}')).not.toContain('LEAK')
    expect(refusal('{"LEAK')).not.toContain('LEAK')
  })
})

describe('what is sound is read as it is', () => {
  test.each([
    ['the same name in objects beside each other', '[{"a":1},{"a":2}]'],
    ['the same name in an object inside', '{"a":{"a":1}}'],
    ['names that look alike in values', '{"a":"\\"b\\":","b":["a","a"]}'],
    ['braces in text', '{"a":"}{][","b":"\\\\"}'],
    ['constructor', '{"constructor":{"prototype":1}}'],
    ['as many levels as are allowed', nested(MAX_JSON_DEPTH)],
    ['half a character, escaped', '{"a":"\\ud800"}'],
  ])('%s', (_what, text) => {
    expect(parse(text)).toEqual(JSON.parse(text))
  })

  it('and so is any value, however it is spaced', () => {
    const value = fc.jsonValue().filter((one) => !JSON.stringify(one).includes('__proto__'))
    fc.assert(
      fc.property(value, fc.constantFrom(undefined, 1, '\t', '\r\n'), (one, space) => {
        const text = JSON.stringify(one, null, space)
        expect(parse(text)).toEqual(JSON.parse(text))
      }),
    )
  })

  it('a byte order mark is passed over (RFC 8259 §8.1)', () => {
    expect(parse('\ufeff{"a":1}')).toEqual({ a: 1 })
  })
})

it('a member that is put in twice, anywhere, is found', () => {
  const name = fc.string().filter((one) => one !== '__proto__')
  fc.assert(
    fc.property(name, fc.array(name), fc.nat({ max: 20 }), (twice, others, depth) => {
      const names = [twice, ...new Set(others.filter((one) => one !== twice)), twice]
      const object = `{${names.map((each) => `${JSON.stringify(each)}:"${'}'.repeat(depth)}"`).join(',')}}`
      expect(refusal('[{"x":'.repeat(depth) + object + '}]'.repeat(depth))).toMatch(/twice/)
    }),
  )
})
