import { describe, expect, it } from 'vitest'
import { isTopicName, prefixesOverlap } from '../../src/core/registered-topic.ts'

describe('the name of a topic', () => {
  it.each([
    'myorg.10084a8d-113f-4211.schema.wso2.v1.event.login',
    'a',
    'A_b~c@d+e-f',
    `a${'b'.repeat(1_023)}`,
  ])('may be %s', (name) => expect(isTopicName(name)).toBe(true))

  it.each(['', 'https://a.example', 'a/b', 'a b', 'a>', 'a"', 'ä', '.a', `a${'b'.repeat(1_024)}`, 'a\n'])(
    'is not %j',
    (name) => expect(isTopicName(name)).toBe(false),
  )
})

describe('two prefixes', () => {
  it.each([
    ['myorg.', 'myorg.', true],
    ['myorg.', 'myorg.sub.', true],
    ['my', 'myorg.', true],
    ['myorg.', 'myorg2.', false],
    ['myorg.', 'MYORG.', false],
  ])('%s and %s overlap: %s', (one, other, overlap) => {
    expect(prefixesOverlap(one, other)).toBe(overlap)
    expect(prefixesOverlap(other, one)).toBe(overlap)
  })
})
