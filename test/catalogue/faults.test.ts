import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { loadCatalogue } from '../../src/catalogue/catalogue.ts'

let schema: string

beforeEach(() => {
  schema = mkdtempSync(join(tmpdir(), 'schema-'))
  cpSync(new URL('../../schema', import.meta.url), schema, { recursive: true })
})
afterEach(() => rmSync(schema, { recursive: true }))

/** Puts one fault into a file; a replacement that changes nothing would be a test of nothing. */
function spoil(file: string, from: string, to: string): void {
  const path = join(schema, file)
  const before = readFileSync(path, 'utf8')
  expect(before).toContain(from)
  writeFileSync(path, before.replace(from, to))
}

const start = () => loadCatalogue(schema)

it('starts from a directory that is whole', () => {
  expect(start().events).toHaveLength(83)
})

it.each([
  ['what is not JSON', 'events/login.json', '{', '', /^schema\/events\/login\.json: /],
  [
    'a wrong kind of subject',
    'events/login.json',
    '"typed or user"',
    '"whoever"',
    /events\/login\.json: .*subject/,
  ],
  [
    'a category in the wrong file',
    'events/token.json',
    '"token"',
    '"tokens"',
    /token\.json: holds another category/,
  ],
  [
    'a URI used twice',
    'events/login.json',
    'login:blocked',
    'login:failed',
    /login\.json: .*login:failed.* is taken/,
  ],
  ['a name used twice', 'events/login.json', '"blocked"', '"failed"', /login\/failed stands there twice/],
  [
    'a claim that is not defined',
    'events/login.json',
    '$defs/failure',
    '$defs/failing',
    /login\/failed: .*failing is not defined/,
  ],
  [
    'a schema that is none',
    'claims.json',
    '"minLength": 1',
    '"minLength": "1"',
    /^schema\/claims\.json: .*minLength/,
  ],
  [
    'an event that does not exist',
    'providers/logto.json',
    'login/challenged',
    'login/dared',
    /PostSignInAdaptiveMfaTriggered: there is no event login\/dared/,
  ],
  [
    'a fixed claim that the event has not',
    'providers/casdoor.json',
    '"change_type"',
    '"changed_type"',
    /casdoor\.json: set-password: credential\/changed: .*change_type/,
  ],
  [
    'a fixed claim of a wrong value',
    'providers/casdoor.json',
    '"locked"',
    '"jammed"',
    /casdoor\.json: login: login\/failed: \/failure\/reason/,
  ],
  [
    'a missing reason',
    'providers/logto.json',
    '"reason": "The user reset a forgotten password.",',
    '',
    /PostResetPassword: credential\/changed needs a reason/,
  ],
  [
    'a native name twice',
    'providers/logto.json',
    '"PostRegister"',
    '"PostSignIn"',
    /logto\.json: PostSignIn stands there twice/,
  ],
  [
    'a pattern that is none',
    'providers/casdoor.json',
    '^The user is forbidden',
    '(The user is forbidden',
    /casdoor\.json: login: Invalid regular expression/,
  ],
  ['a condition that is none', 'providers/logto.json', '"matches"', '"match"', /logto\.json: .*when\/route/],
  [
    'a rule that hides others',
    'providers/logto.json',
    '"when": { "suspended": true },',
    '',
    /User\.SuspensionStatus\.Updated: a rule without conditions/,
  ],
  [
    'a rule that may yield nothing',
    'providers/ferriskey.json',
    '{ "event": "user/updated" },',
    '',
    /user\.updated: a rule has no event without conditions/,
  ],
])('refuses %s, naming file and fault', (_, file, from, to, message) => {
  spoil(file, from, to)
  expect(start).toThrow(message)
})

it('refuses a directory that is not there', () => {
  expect(() => loadCatalogue(join(schema, 'nowhere'))).toThrow(/^schema\/claims\.json: .*ENOENT/)
})
