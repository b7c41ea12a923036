import { describe, expect, it } from 'vitest'
import type { CatalogueEvent } from '../../src/core/event.ts'
import { ID, isInCatalogue, parseTopic, topicsCarrying, topicsOf, topicUrl } from '../../src/core/topic.ts'

const BASE = 'https://hub.example'

describe('a topic’s URL', () => {
  it.each([
    [{ tenant: 'acme' }, 'https://hub.example/topics/acme'],
    [{ tenant: 'acme', category: 'login' }, 'https://hub.example/topics/acme/login'],
    [{ tenant: 'acme', category: 'login', event: 'failed' }, 'https://hub.example/topics/acme/login/failed'],
  ])('is written and read the same: %j', (topic, url) => {
    expect(topicUrl(BASE, topic)).toBe(url)
    expect(parseTopic(BASE, url)).toEqual(topic)
  })

  it('keeps a base with a path', () => {
    expect(parseTopic('https://example.com/hub', 'https://example.com/hub/topics/acme')).toEqual({
      tenant: 'acme',
    })
  })

  it.each([
    'http://hub.example/topics/acme',
    'https://HUB.example/topics/acme',
    'https://hub.example:443/topics/acme',
    'https://hub.example.evil.example/topics/acme',
    'https://hub.example@evil.example/topics/acme',
    'https://evil.example/?https://hub.example/topics/acme',
    'https://hub.example/topics',
    'https://hub.example/topics/',
    'https://hub.example/topics/acme/',
    'https://hub.example/topics//login',
    'https://hub.example/topics/acme/login/failed/more',
    'https://hub.example/topics/Acme',
    'https://hub.example/topics/acme?x',
    'https://hub.example/topics/acme#x',
    'https://hub.example/topics/acme\n',
    'https://hub.example/topics/%61cme',
    'https://hub.example/topics/../topics/acme',
    'https://hub.example//topics/acme',
    'https://hub.example/topics/-acme',
    `https://hub.example/topics/${'a'.repeat(64)}`,
    '',
  ])('is none of the hub’s unless the hub would write it so: %j', (url) => {
    expect(parseTopic(BASE, url)).toBeUndefined()
  })
})

it.each([
  ['a', true],
  ['0-0', true],
  ['a'.repeat(63), true],
  ['a'.repeat(64), false],
  ['-a', false],
  ['A', false],
  ['a_b', false],
  ['a\n', false],
  ['', false],
])('an id: %j %s', (text, expected) => {
  expect(ID.test(text)).toBe(expected)
})

describe('the catalogue', () => {
  const catalogue = {
    hasCategory: (category: string) => category === 'login',
    find: (category: string, name: string) =>
      category === 'login' && name === 'failed' ? ({} as CatalogueEvent) : undefined,
  }

  it.each([
    [{ tenant: 'nobody' }, true],
    [{ tenant: 'acme', category: 'login' }, true],
    [{ tenant: 'acme', category: 'logon' }, false],
    [{ tenant: 'acme', category: 'login', event: 'failed' }, true],
    [{ tenant: 'acme', category: 'login', event: 'forgotten' }, false],
    [{ tenant: 'acme', category: 'logon', event: 'failed' }, false],
  ])('has what a topic names: %j %s', (topic, expected) => {
    expect(isInCatalogue(topic, catalogue)).toBe(expected)
  })
})

describe('patterns', () => {
  const catalogue = {
    hasCategory: (category: string) => category === 'login',
    find: (category: string, name: string) =>
      category === 'login' && name === 'failed' ? ({} as CatalogueEvent) : undefined,
  }

  it('name topics of their tenant', () => {
    expect(topicsOf(['*', 'login', 'login/failed'], 'acme', catalogue)).toEqual([
      { tenant: 'acme' },
      { tenant: 'acme', category: 'login' },
      { tenant: 'acme', category: 'login', event: 'failed' },
    ])
  })

  it.each(['', '**', '*/*', 'logon', 'login/', '/failed', 'login/forgotten', 'login/failed/x', '*/failed'])(
    'name nothing: %j',
    (pattern) => {
      expect(() => topicsOf(['login', pattern], 'acme', catalogue)).toThrow(/topics holds something else/)
    },
  )
})

it('an event is carried by three topics, the narrowest first', () => {
  expect(topicsCarrying(BASE, 'acme', { category: 'login', name: 'failed' } as CatalogueEvent)).toEqual([
    'https://hub.example/topics/acme/login/failed',
    'https://hub.example/topics/acme/login',
    'https://hub.example/topics/acme',
  ])
})
