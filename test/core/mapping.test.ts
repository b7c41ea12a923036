import { describe, expect, it } from 'vitest'
import { decidingRule, type Condition, type NativeMapping } from '../../src/core/mapping.ts'
import type { Reading } from '../../src/core/reading.ts'

const rule = (when: Record<string, Condition>) => ({ when, emit: [] })
const decides = (condition: Condition, facts: Reading['facts']) =>
  decidingRule({ native: 'any', rules: [rule({ fact: condition })] }, facts) !== undefined

describe('a condition', () => {
  it.each<[string, Condition, Reading['facts'], boolean]>([
    ['equals', 'ok', { fact: 'ok' }, true],
    ['equals without conversion', true, { fact: 'true' }, false],
    ['equals nothing that is absent', 'ok', {}, false],
    ['is one of', ['a', 2], { fact: 2 }, true],
    ['is none of', ['a', 2], { fact: 'b' }, false],
    ['matches', { matches: '^user: .*gone$' }, { fact: 'user: x gone' }, true],
    ['does not match', { matches: '^gone' }, { fact: 'user: gone' }, false],
    ['matches nothing that is absent', { matches: '' }, {}, false],
  ])('%s', (_, condition, facts, expected) => {
    expect(decides(condition, facts)).toBe(expected)
  })
})

describe('the deciding rule', () => {
  const mapping: NativeMapping = {
    native: 'any',
    rules: [rule({ a: 1, b: 2 }), rule({ a: 1 }), rule({})],
  }

  it('is the first whose conditions all hold', () => {
    expect(decidingRule(mapping, { a: 1, b: 2 })).toBe(mapping.rules[0])
    expect(decidingRule(mapping, { a: 1, b: 3 })).toBe(mapping.rules[1])
    expect(decidingRule(mapping, {})).toBe(mapping.rules[2])
  })

  it('may be none', () => {
    expect(decidingRule({ native: 'any', rules: [rule({ a: 1 })] }, {})).toBeUndefined()
  })
})
