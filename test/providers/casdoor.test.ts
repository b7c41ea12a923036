import { describe, expect, it } from 'vitest'
import { adapter, drafts, fixture, ISSUER, request, told } from './fixture.ts'

const at = 1787388816
const request24 = { ip: '203.0.113.24' }
const from = (event: string) => ({ id: 'acme-idp', provider: 'casdoor', event })
const alice = { format: 'opaque', id: 'acme/alice' }
const uuid = '3f8e6c1a-8f0e-4f0c-9b7f-2f1b3a5c7d9e'

/** A record with one thing different, as `login-success.json` otherwise. */
function record(changes: Record<string, unknown>): ReturnType<typeof request> {
  const base = JSON.parse(fixture('casdoor', 'login-success.json').body.toString()) as object
  return request(JSON.stringify({ ...base, ...changes }))
}
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

describe('a user', () => {
  const user = { id: uuid, username: 'dave', email: 'dave@acme.example' }

  it('who was added is the one in object; whoever was signed in did it', () => {
    expect(drafts('casdoor', fixture('casdoor', 'add-user.json')).map(told)).toEqual([
      {
        event: 'user/created',
        subId: { format: 'iss_sub', iss: ISSUER, sub: uuid },
        claims: {
          event_timestamp: at,
          initiating_entity: 'admin',
          source: from('add-user'),
          user,
          actor: { type: 'user', username: 'admin' },
          organization: { name: 'acme' },
          request: request24,
        },
      },
    ])
  })

  it('who registered has nobody else to thank', () => {
    expect(drafts('casdoor', fixture('casdoor', 'new-user.json')).map(told)).toEqual([
      {
        event: 'user/created',
        subId: { format: 'iss_sub', iss: ISSUER, sub: uuid },
        claims: {
          event_timestamp: at,
          initiating_entity: 'user',
          source: from('new-user'),
          user: { id: uuid, username: 'bob', email: 'bob@acme.example' },
          organization: { name: 'acme' },
          request: request24,
        },
      },
    ])
  })

  const object = JSON.stringify({ owner: 'acme', name: 'alice', id: uuid })

  it.each([
    ['new-user-ldap', 'created', 'system'],
    ['new-user-syncer', 'created', 'system'],
    ['delete-user', 'deleted', 'admin'],
  ])('of %s is %s by %s', (action, name, initiating_entity) => {
    const found = events({ action, object, user: 'admin' })
    expect(found).toMatchObject([
      { event: `user/${name}`, subId: { sub: uuid }, claims: { initiating_entity } },
    ])
  })

  it('may update themselves', () => {
    const requestUri = '/api/update-user?id=acme/alice&columns=display_name,email'
    const [found] = events({ action: 'update-user', object, requestUri })
    expect(found?.claims).toMatchObject({ initiating_entity: 'user', changed: ['display_name', 'email'] })
    expect(found?.claims).not.toHaveProperty('actor')
  })

  it('may be updated by an administrator, or by a client', () => {
    const byAdmin = events({ action: 'update-user', object, user: 'root' })[0]?.claims
    expect(byAdmin).toMatchObject({ initiating_entity: 'admin', actor: { type: 'user', username: 'root' } })
    const byClient = events({ action: 'update-user', object, user: 'app-crm', organization: 'app' })[0]
      ?.claims
    expect(byClient).toMatchObject({
      actor: { type: 'client', id: 'app-crm' },
      organization: { name: 'acme' },
    })
  })

  it('was updated by nobody known when nobody was signed in', () => {
    const [found] = events({ action: 'update-user', object, user: '' })
    expect(found?.event).toBe('user/updated')
    expect(found?.claims).not.toHaveProperty('initiating_entity')
  })

  it.each(['add-user', 'update-user', 'delete-user', 'new-user', 'set-password', 'logout', 'sso-logout'])(
    'is not touched by a %s that failed',
    (action) => expect(events({ action, object, response: failed('Unauthorized operation') })).toEqual([]),
  )

  it('is not confused with the actor when object cannot be read', () => {
    const [found] = events({ action: 'delete-user', object: '{"name":', user: 'root' })
    expect(found).toMatchObject({ subId: { format: 'opaque', id: 'acme' } })
    expect(found?.claims).not.toHaveProperty('user')
  })
})

describe('the end of a session', () => {
  it('is the end of one that has no name', () => {
    expect(drafts('casdoor', fixture('casdoor', 'logout.json')).map(told)).toEqual([
      {
        event: 'session/ended',
        subId: alice,
        claims: {
          event_timestamp: at,
          initiating_entity: 'user',
          source: from('logout'),
          user: { username: 'alice' },
          organization: { name: 'acme' },
          request: request24,
        },
      },
    ])
  })

  it('is the end of all by a single sign-out, unless it was limited to one', () => {
    const everywhere = { action: 'sso-logout', requestUri: '/api/sso-logout' }
    expect(events(everywhere)).toMatchObject([{ event: 'session/revoked', subId: alice }])
    const here = { ...everywhere, requestUri: '/api/sso-logout?logoutAll=false' }
    expect(events(here)).toMatchObject([{ event: 'session/ended' }])
    expect(events({ ...everywhere, object: 'logoutAll=0' })).toMatchObject([{ event: 'session/ended' }])
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

describe('the form of the overview page', () => {
  it('is a login of the user that it names', () => {
    const user = { id: '12345', username: 'johndoe', email: 'johndoe@example.com' }
    const body = JSON.stringify({ event: 'login', timestamp: 1709452800, user })
    expect(drafts('casdoor', request(body)).map(told)).toMatchObject([
      {
        event: 'login/succeeded',
        subId: { format: 'iss_sub', iss: ISSUER, sub: '12345' },
        claims: { event_timestamp: 1709452800, user },
      },
      { event: 'session/established' },
    ])
  })

  it('may name the user by a text, and an event that records do not know', () => {
    const [found] = drafts('casdoor', request('{"event":"update","timestamp":1.9,"user":"alice"}')).map(told)
    expect(found).toMatchObject({
      event: 'user/updated',
      subId: { id: 'alice' },
      claims: { event_timestamp: 1 },
    })
  })
})

describe('the key of a record', () => {
  const key = (body: ReturnType<typeof request>) => adapter('casdoor').read(body)[0]?.key

  it('is its name and action: a sign-up and the new user that follows share the name', () => {
    const again = record({ detail: 'sent again' })
    expect(key(again)).toBe(key(fixture('casdoor', 'login-success.json')))
    expect(key(record({ action: 'new-user' }))).not.toBe(key(again))
    expect(key(record({ name: 'another' }))).not.toBe(key(again))
  })

  it('is what its bytes are when it has no name', () => {
    const overview = '{"event":"login","timestamp":1}'
    expect(key(request(overview))).toBe(key(request(overview)))
    expect(key(request(overview))).not.toBe(key(request(`${overview} `)))
  })
})
