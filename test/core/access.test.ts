import { expect, it } from 'vitest'
import { covers, mayKeep } from '../../src/core/access.ts'

const everything = { tenant: 'acme' }
const session = { tenant: 'acme', category: 'session' }
const ended = { tenant: 'acme', category: 'session', event: 'ended' }
const begun = { tenant: 'acme', category: 'session', event: 'established' }
const login = { tenant: 'acme', category: 'login' }

it.each([
  [['*'], [everything, session, ended, begun, login], []],
  [['session'], [session, ended, begun], [everything, login]],
  [['session/ended'], [ended], [everything, session, begun, login]],
  [
    ['login', 'session/ended'],
    [login, ended],
    [everything, session, begun],
  ],
  [['sess', 'session/', 'session/end', 'acme', ''], [], [everything, session, ended, begun, login]],
  [[], [], [everything, session, ended]],
])('the patterns %j cover their topics and no others', (topics, covered, others) => {
  const subscriber = { id: 'siem', tenant: 'acme', topics }
  for (const topic of covered) expect([topic, covers(subscriber, topic)]).toEqual([topic, true])
  for (const topic of others) expect([topic, covers(subscriber, topic)]).toEqual([topic, false])
})

it('no pattern reaches into another tenant', () => {
  const subscriber = { id: 'siem', tenant: 'other', topics: ['*', 'session', 'session/ended'] }
  for (const topic of [everything, session, ended]) expect(covers(subscriber, topic)).toBe(false)
})

it.each([
  [['*'], 'https://hub.example/topics/acme', true],
  [['*'], 'acme.LOGINS', true],
  [['login'], 'https://hub.example/topics/acme/login/failed', true],
  [['login'], 'https://hub.example/topics/acme', false],
  [['login'], 'https://hub.example/topics/zoo/login', false],
  // A registered topic.
  [['login'], 'acme.LOGINS', false],
])('%j may keep %s: %s', (topics, url, expected) => {
  expect(mayKeep('https://hub.example')({ id: 'siem', tenant: 'acme', topics }, url)).toBe(expected)
})
