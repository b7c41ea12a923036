/** Asgardeo's events: keys, encodings, plurals, and what their words mean in the catalogue's. */
import { describe, expect, it } from 'vitest'
import { body, events, sub, uriOf } from './asgardeo-event.ts'
import { adapter, fixture, request } from './fixture.ts'

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
