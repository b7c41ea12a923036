import { describe, expect, it } from 'vitest'
import { changed, drafts, fixture, ISSUER, told } from './fixture.ts'

const at = 1787388816
const request24 = { ip: '203.0.113.24' }
const from = (event: string) => ({ id: 'acme-idp', provider: 'casdoor', event })
const alice = { format: 'opaque', id: 'acme/alice' }
const uuid = '3f8e6c1a-8f0e-4f0c-9b7f-2f1b3a5c7d9e'

/** The record of a login that succeeded, with some things different. */
const record = (changes: Record<string, unknown>) => changed('casdoor', 'login-success.json', changes)
const events = (changes: Record<string, unknown>) => drafts('casdoor', record(changes)).map(told)
const failed = (message: string) => `{status:"error", msg:"${message}"}`

describe('a login', () => {
  it('that succeeded is a login and a session', () => {
    const claims = {
      event_timestamp: at,
      initiating_entity: 'user',
      source: from('login'),
      user: { username: 'alice' },
      client: { name: 'app-acme' },
      organization: { name: 'acme' },
      request: request24,
    }
    expect(drafts('casdoor', fixture('casdoor', 'login-success.json')).map(told)).toEqual([
      { event: 'login/succeeded', subId: alice, claims: { ...claims, authentication: { methods: ['pwd'] } } },
      {
        event: 'session/established',
        subId: alice,
        claims: { ...claims, reason_admin: { en: 'The user signed in to Casdoor.' } },
      },
    ])
  })

  it('that failed is about what was typed', () => {
    expect(drafts('casdoor', fixture('casdoor', 'login-failure-wrong-password.json')).map(told)).toEqual([
      {
        event: 'login/failed',
        subId: { format: 'opaque', id: 'alice' },
        claims: {
          event_timestamp: at,
          initiating_entity: 'user',
          source: from('login'),
          client: { name: 'app-acme' },
          organization: { name: 'acme' },
          request: request24,
          authentication: { methods: ['pwd'] },
          failure: { reason: 'wrong-credentials' },
        },
      },
    ])
  })

  it('that waits for a second factor is neither', () => {
    const found = events({ user: '', organization: '', response: '{status:"ok", msg:"NextMfa"}' })
    expect(found).toMatchObject([{ event: 'login/challenged', subId: { format: 'opaque', id: 'alice' } }])
  })

  it('that failed is not about whoever was signed in before', () => {
    const object = '{"username":"bob"}'
    const [found] = events({ user: 'alice', object, response: failed('password or code is incorrect') })
    expect(found).toMatchObject({ event: 'login/failed', subId: { id: 'bob' } })
    expect(found?.claims).not.toHaveProperty('user')
  })

  it('whose outcome is not told is not claimed', () => {
    expect(events({ response: '' })).toEqual([])
    expect(events({ response: 'status: ok' })).toEqual([])
  })

  it('is judged by its response, never by its status code', () => {
    expect(events({ statusCode: 500 })).toHaveLength(2)
  })

  it.each([
    ['password or code is incorrect', 'wrong-credentials'],
    [
      'You have entered the wrong password or code too many times, please wait for 15 minutes and try again',
      'locked',
    ],
    ["The user: acme/alice doesn't exist", 'unknown-user'],
    ['The user is forbidden to sign in, please contact the administrator', 'disabled'],
    ['Your password has expired. Please reset your password by clicking "Forgot password"', 'expired'],
    ['totp passcode error', 'second-factor'],
    ['The login method: login with password is not enabled for the application', 'policy'],
    ['密码错误', 'other'],
    ["The user: password or code is incorrect doesn't exist", 'unknown-user'],
  ])('that failed with «%s» failed by %s', (message, reason) => {
    const found = events({ user: '', response: failed(message) })
    expect(found).toMatchObject([{ event: 'login/failed', claims: { failure: { reason } } }])
  })

  it('has the stable id when the webhook sends extended users', () => {
    const extendedUser = { owner: 'acme', name: 'alice', id: uuid, password: 'LEAK' }
    expect(events({ extendedUser })[0]?.subId).toEqual({ format: 'iss_sub', iss: ISSUER, sub: uuid })
    expect(events({ extendedUser: { ...extendedUser, name: 'bob' } })[0]?.subId).toEqual(alice)
  })
})

describe('a sign-up', () => {
  const form = {
    application: 'app-acme',
    organization: 'acme',
    username: 'eve',
    email: 'eve@acme.example',
    password: 'LEAK',
  }
  const signup = { action: 'signup', object: JSON.stringify(form) }

  it('names the new user, signed in or not', () => {
    for (const user of ['eve', '']) {
      expect(events({ ...signup, user })).toMatchObject([
        {
          event: 'registration/succeeded',
          subId: { format: 'opaque', id: 'acme/eve' },
          claims: { user: { username: 'eve', email: 'eve@acme.example' }, client: { name: 'app-acme' } },
        },
      ])
    }
  })

  it('that failed is about what was typed', () => {
    const response = failed('Invitation code exhausted')
    const [found] = events({ ...signup, user: '', response })
    expect(found).toMatchObject({
      event: 'registration/failed',
      subId: { format: 'opaque', id: 'eve' },
      claims: { failure: { reason: 'policy' } },
    })
    expect(found?.claims).not.toHaveProperty('user')
  })
})

describe('a password that was set', () => {
  const claims = {
    event_timestamp: at,
    reason_admin: { en: 'A password was set in Casdoor.' },
    source: from('set-password'),
    user: { username: 'alice' },
    organization: { name: 'acme' },
    request: request24,
    credential_type: 'password',
    change_type: 'update',
  }

  it('is the named user’s, and nothing else is told', () => {
    const found = drafts('casdoor', fixture('casdoor', 'set-password.json')).map(told)
    expect(found).toEqual([{ event: 'credential/changed', subId: alice, claims }])
  })

  it.each([
    ['a form', 'userOwner=acme&userName=alice&newPassword=LEAK'],
    [
      'multipart',
      multipart({ newPassword: 'LEAK"; name="userName"\r\n', userOwner: 'acme', userName: 'alice' }),
    ],
  ])('names its user in %s when nobody is signed in', (_, object) => {
    const found = events({ action: 'set-password', user: '', organization: '', object })
    expect(found).toEqual([{ event: 'credential/changed', subId: alice, claims }])
  })
})

function multipart(fields: Record<string, string>): string {
  const parts = Object.entries(fields).map(
    ([name, value]) => `--X\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  )
  return `${parts.join('')}--X--\r\n`
}
