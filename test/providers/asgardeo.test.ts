import { describe, expect, it } from 'vitest'
import { adapter, drafts, fixture, ISSUER, request, told } from './fixture.ts'
import type { Payload } from './plausible.ts'

const PREFIX = 'https://schemas.identity.wso2.org/events/'
const names: Record<string, string> = {
  credentialUpdated: 'credential',
  loginFailed: 'login',
  loginSuccess: 'login',
  registrationFailed: 'registration',
  roleIdpGroupsUpdated: 'role',
  roleUsersUpdated: 'role',
  accessTokenRevoked: 'token',
  sessionEstablished: 'session',
  sessionRevoked: 'session',
  userAccountLocked: 'user',
  userProfileUpdated: 'user',
}
const uriOf = (name: string) => `${PREFIX}${names[name] ?? ''}/event-type/${name}`
const from = (name: string) => ({ id: 'acme-idp', provider: 'asgardeo', event: uriOf(name) })

const sample = (file: string) => drafts('asgardeo', fixture('asgardeo', file)).map(told)
const body = (name: string, event: Payload) =>
  JSON.stringify({ jti: 'j1', rci: 'r1', iat: 1751705149662, events: { [uriOf(name)]: event } })
const events = (name: string, event: Payload) => drafts('asgardeo', request(body(name, event))).map(told)

const sub = (id: string) => ({ format: 'iss_sub', iss: ISSUER, sub: id })
const myorg = { id: '6f8d17ae-1ad5-441b-b9e0-c7731e739e94', name: 'myorg' }
const other = { ...myorg, id: '10084a8d-113f-4211-a0d5-efe36b082211' }
const peter = '85071750-3d1f-4ba4-b58f-991532e2742b'

describe('a sample', () => {
  it('of a login is a login of a client', () => {
    const id = 'd4002616-f00c-49d5-b9b7-63b063819049'
    expect(sample('login.loginSuccess.json')).toEqual([
      {
        event: 'login/succeeded',
        subId: sub(id),
        claims: {
          event_timestamp: 1751705149,
          source: from('loginSuccess'),
          user: { id, username: 'peter@aol.com' },
          client: { id: '40d982e5-23be-4ee1-8540-9cb696d8c321', name: 'MyApp' },
          organization: myorg,
          authentication: { methods: ['pwd'] },
        },
      },
    ])
  })

  it('of a failed login is about what was typed', () => {
    expect(sample('login.loginFailed.json')).toEqual([
      {
        event: 'login/failed',
        subId: { format: 'email', email: 'johndoe@aol.com' },
        claims: {
          event_timestamp: 1751709144,
          source: from('loginFailed'),
          user: { username: 'johndoe@aol.com', email: 'johndoe@aol.com' },
          client: { id: '63d8a96f-ff87-4f38-a1d7-4d10ee470d9a', name: 'Test App' },
          organization: myorg,
          failure: { reason: 'wrong-credentials' },
        },
      },
    ])
  })

  it('of a new password tells its kind and who set it', () => {
    expect(sample('credential.credentialUpdated.json')).toEqual([
      {
        event: 'credential/changed',
        subId: sub(peter),
        claims: {
          event_timestamp: 1751566637,
          initiating_entity: 'admin',
          reason_admin: { en: 'A credential was changed in WSO2 Identity Server.' },
          source: from('credentialUpdated'),
          user: { id: peter, email: 'peter@aol.com' },
          organization: myorg,
          request: { ip: '203.0.113.10' },
          credential_type: 'password',
          change_type: 'update',
        },
      },
    ])
  })

  const id = '1801d35e-1339-4c16-9c53-61321cf37fb9'
  const app = { id: 'eb395ddd-1280-46e9-98fb-810948c1dab4', name: 'Test App' }

  it('of a revoked session names it', () => {
    const session = '68d1f2861461c69d8e821d91839bbf8e23ef04fb96c1ac655f452d94d1fd6e4d'
    expect(sample('session.sessionRevoked.json')).toEqual([
      {
        event: 'session/revoked',
        subId: { format: 'complex', user: sub(id), session: { format: 'opaque', id: session } },
        claims: {
          event_timestamp: 1755541966,
          reason_admin: { en: 'A session was revoked in WSO2 Identity Server.' },
          source: from('sessionRevoked'),
          user: { id, username: 'peter' },
          client: app,
          organization: other,
          session: { id: session },
        },
      },
    ])
  })

  it('of a revoked token names the application', () => {
    expect(sample('token.accessTokenRevoked.json')).toEqual([
      {
        event: 'token/revoked',
        subId: sub(id),
        claims: {
          event_timestamp: 1755541966,
          source: from('accessTokenRevoked'),
          user: { id, username: 'peter', email: 'peter@aol.com' },
          client: app,
          organization: other,
        },
      },
    ])
  })

  it('of a locked account is not one of a disabled account', () => {
    const locked = '3987d74e-8432-4f4d-b1a8-cad463af843d'
    expect(sample('user.userAccountLocked.json')).toEqual([
      {
        event: 'user/locked',
        subId: sub(locked),
        claims: {
          event_timestamp: 1755619049,
          source: from('userAccountLocked'),
          user: { id: locked, email: 'johndoe@aol.com' },
          organization: other,
        },
      },
    ])
  })

  it('of an update names what changed, without values', () => {
    expect(sample('user.userProfileUpdated.json')).toEqual([
      {
        event: 'user/updated',
        subId: sub(peter),
        claims: {
          event_timestamp: 1751569642,
          initiating_entity: 'admin',
          source: from('userProfileUpdated'),
          user: { id: peter },
          organization: myorg,
          request: { ip: '203.0.113.10' },
          changed: ['organization', 'emailAddresses'],
        },
      },
    ])
  })
})

describe('a native event', () => {
  it('has the jti as key and the rci as transaction', () => {
    const [native] = adapter('asgardeo').read(fixture('asgardeo', 'login.loginSuccess.json'))
    expect(native).toMatchObject({
      name: uriOf('loginSuccess'),
      key: '051f0c37-b689-44d4-b7d2-29b980ece273',
      txn: '05268edb-9a87-4656-87c0-0fb674dd03b1',
    })
  })

  it('without them has its bytes’ hash and none', () => {
    const [native] = adapter('asgardeo').read(request('{"events":{"urn:x":{}}}'))
    expect(native?.key).toMatch(/^[0-9a-f]{64}$/)
    expect(native).not.toHaveProperty('txn')
    expect(native).not.toHaveProperty('occurredAt')
  })

  it.each(['{}', '{"events":{}}', '{"events":{"urn:a":{},"urn:b":{}}}', '{"events":{"urn:a":"LEAK"}}'])(
    'is the only one of a body: %s is refused',
    (text) => expect(() => adapter('asgardeo').read(request(text))).toThrow(/exactly one event/),
  )
})

describe('a body in ISO-8859-1', () => {
  const text = body('loginSuccess', {
    user: { claims: [{ uri: 'http://wso2.org/claims/username', value: 'Jürgen' }] },
  })
  const latin1 = Buffer.from(text, 'latin1')
  const username = (bytes: Buffer, contentType?: string) => {
    const headers = contentType === undefined ? {} : { 'content-type': contentType }
    return adapter('asgardeo').read(request(bytes, headers))[0]?.readings[0]?.user?.username
  }

  it('is read whether or not it says so', () => {
    expect(username(latin1, 'application/json; charset=ISO-8859-1')).toBe('Jürgen')
    expect(username(latin1, 'application/json')).toBe('Jürgen')
    expect(username(latin1)).toBe('Jürgen')
  })

  it('is not what UTF-8 is taken for', () => {
    expect(username(Buffer.from(text))).toBe('Jürgen')
    expect(username(Buffer.from(text), 'application/json; charset=UTF-8')).toBe('Jürgen')
  })
})

describe('plurals', () => {
  it('become an event for each session, with the client when there is one', () => {
    const [a, b] = [{ id: 'a', name: 'A' }, { id: 'b' }]
    const sessions = [{ id: 's1', applications: [a] }, { id: 's2', applications: [a, b] }, { id: 's3' }]
    const found = events('sessionRevoked', { user: { id: 'u' }, sessions })
    expect(found.map(({ claims }) => [claims.session, claims.client])).toEqual([
      [{ id: 's1' }, a],
      [{ id: 's2' }, undefined],
      [{ id: 's3' }, undefined],
    ])
  })

  it('of sessions that are not named do not stand for all of the user’s', () => {
    for (const unnamed of [{}, { sessions: [] }, { sessions: [{}] }]) {
      const found = events('sessionRevoked', { user: { id: 'u' }, ...unnamed })
      expect(found).toMatchObject([{ event: 'session/ended', subId: sub('u') }])
    }
  })

  it('become an event for each application whose tokens were revoked', () => {
    const applications = [
      { id: 'a', consumerKey: 'k' },
      { consumerKey: 'k2', name: 'B' },
    ]
    const found = events('accessTokenRevoked', { user: { id: 'u' }, applications })
    expect(found.map(({ claims }) => claims.client)).toEqual([{ id: 'a' }, { id: 'k2', name: 'B' }])
  })

  it('are one event with its members when they belong to a role', () => {
    const role = {
      id: 'r',
      name: 'editor',
      addedUsers: [{ id: 'u1', claims: [{ uri: 'x', value: 'LEAK' }] }, { id: 'u2' }],
      removedUsers: [{ id: 'u3' }],
    }
    expect(events('roleUsersUpdated', { role })).toMatchObject([
      {
        event: 'role/members-changed',
        subId: { format: 'opaque', id: 'r' },
        claims: {
          resource: { type: 'role', id: 'r', name: 'editor' },
          members: { added: ['u1', 'u2'], removed: ['u3'] },
        },
      },
    ])
    const [byProvider] = events('roleIdpGroupsUpdated', {
      role: { id: 'r', addedIdpGroups: [{ groupId: 'g' }] },
    })
    expect(byProvider?.claims.members).toEqual({ added: ['g'] })
    expect(events('roleUsersUpdated', { role: { id: 'r' } })[0]?.claims).not.toHaveProperty('members')
  })
})

it.each([
  ['ADMIN', 'admin'],
  ['USER', 'user'],
  ['APPLICATION', 'system'],
  ['ROBOT', undefined],
])('what %s set off is told as %s', (initiatorType, expected) => {
  expect(events('userAccountLocked', { initiatorType })[0]?.claims.initiating_entity).toBe(expected)
})

it.each([
  ['PASSWORD', 'UPDATE', 'password', 'update'],
  ['PASSWORD', 'RESET', 'password', 'update'],
  ['PASSWORD', 'INVITE', 'password', 'create'],
  ['PASSKEY', 'UPDATE', 'other', 'update'],
])('a %s by %s is told as %s, %s', (credentialType, action, credential_type, change_type) => {
  const [found] = events('credentialUpdated', { credentialType, action })
  expect(found?.claims).toMatchObject({ credential_type, change_type })
})

it.each([
  ['User authentication failed due to invalid credentials', 1, 'wrong-credentials'],
  ['User authentication failed due to invalid credentials', 2, 'second-factor'],
  ['The account is locked', 1, 'locked'],
  ['Account is disabled', 1, 'disabled'],
  ['Password has expired', 1, 'expired'],
  ['User does not exist', 1, 'unknown-user'],
  ['Something new', 1, 'other'],
])('a login that failed with «%s» in step %i failed by %s', (description, step, reason) => {
  const [found] = events('loginFailed', { reason: { description, context: { failedStep: { step } } } })
  expect(found?.claims.failure).toEqual({ reason })
})

it('a registration that failed is about what was typed, in no organization', () => {
  const claims = [{ uri: 'http://wso2.org/claims/username', value: 'peter' }]
  const reason = { description: 'The provided username already exists in the tenant: myorg' }
  const failed = { user: { claims }, organization: { id: 'o', name: 'myorg' }, reason }
  expect(events('registrationFailed', failed)).toMatchObject([
    {
      event: 'registration/failed',
      subId: { format: 'opaque', id: 'peter' },
      claims: { failure: { reason: 'other' } },
    },
  ])
})

it('a session that began has a name', () => {
  const [found] = events('sessionEstablished', { user: { id: 'u' }, session: { id: 's', applications: [] } })
  expect(found).toMatchObject({ event: 'session/established', subId: { format: 'complex' } })
})
