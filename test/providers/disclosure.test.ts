/** What a source does not disclose, and what the catalogue does not name, goes nowhere. */
import { describe, expect, it } from 'vitest'
import type { Disclosable } from '../../src/core/source.ts'
import { adapter, changed, drafts, files, fixture, request, vectors } from './fixture.ts'

const WSO2 = 'https://schemas.identity.wso2.org/events/'

const PERSONAL = /alice|bob|dave|peter|john|@acme\.example|aol\.com|203\.0\.113|Mozilla|"node"/i

const samples = ['casdoor', 'ferriskey', 'logto'].flatMap((provider) =>
  vectors(provider).map(([file]) => [provider, file] as const),
)

describe('a source that discloses nothing', () => {
  it.each([...samples, ...files('asgardeo')])('lets nothing personal out of %s %s', (provider, file) => {
    for (const { subId, claims } of drafts(provider, fixture(provider, file), [])) {
      expect(JSON.stringify([subId, claims])).not.toMatch(PERSONAL)
    }
  })

  it('hides a user name behind a fingerprint, not a missing subject', () => {
    const [login] = drafts('casdoor', fixture('casdoor', 'login-success.json'), [])
    expect(login?.subId).toEqual({ format: 'opaque', id: `hidden:${'acme/alice'.length}` })
    const [failed] = drafts('casdoor', fixture('casdoor', 'login-failure-wrong-password.json'), [])
    expect(failed?.subId).toEqual({ format: 'opaque', id: `hidden:${'alice'.length}` })
  })

  it('keeps the stable id, which is nobody’s name', () => {
    const [login] = drafts('logto', fixture('logto', 'PostSignIn.json'), [])
    expect(login?.claims.user).toEqual({ id: 'xz7nbya58wb7' })
  })
})

it('a source may disclose more than the default', () => {
  const [login] = drafts('logto', fixture('logto', 'PostSignIn.json'), ['name'])
  expect(login?.claims.user).toEqual({ id: 'xz7nbya58wb7', name: 'Alice' })
})

it.each<[Disclosable, object, object]>([
  ['username', { username: 'alice' }, {}],
  ['email', { email: 'alice@acme.example' }, {}],
  ['phone', { phone: '+4915112345' }, {}],
  ['name', { name: 'Alice' }, {}],
  ['ip', {}, { request: { ip: '203.0.113.24' } }],
])('a source that discloses %s discloses that alone', (field, user, rest) => {
  const claim = (name: string, value: string) => ({ uri: `http://wso2.org/claims/${name}`, value })
  const claims = [
    claim('username', 'alice'),
    claim('emailaddress', 'alice@acme.example'),
    claim('mobile', '+4915112345'),
    claim('fullname', 'Alice'),
  ]
  const event = { initiatorIpAddress: '203.0.113.24', user: { id: '42', claims } }
  const body = JSON.stringify({ events: { [`${WSO2}user/event-type/userCreated`]: event } })
  const [created] = drafts('asgardeo', request(body), [field])
  expect({ ...created?.claims, source: undefined }).toEqual({ user: { id: '42', ...user }, ...rest })
})

describe('a secret', () => {
  it('in a form or in multipart does not pass', () => {
    const [native] = adapter('casdoor').read(fixture('casdoor', 'set-password.json'))
    expect(JSON.stringify(native)).not.toContain('REDACTED')
  })

  it('that looks like the next part of multipart is still within its own', () => {
    const part = (name: string, value: string) =>
      `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
    const password = `x${part('userName', 'LEAK')}`
    const object = `${part('newPassword', password)}${part('userName', 'alice')}--b--\r\n`
    const [set] = drafts('casdoor', changed('casdoor', 'set-password.json', { user: '', object }))
    expect(set?.claims.user).toEqual({ username: 'alice' })
  })

  it('in an error message decides the reason and stays behind', () => {
    const response = '{status:"error", msg:"password or code is incorrect LEAK"}'
    const body = JSON.stringify({ action: 'login', object: '{"username":"alice"}', response })
    const found = drafts('casdoor', request(body))
    expect(found[0]?.claims.failure).toEqual({ reason: 'wrong-credentials' })
    expect(JSON.stringify(found)).not.toContain('LEAK')
  })
})
