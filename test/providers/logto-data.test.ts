/** Logto's data and exception hooks about roles, organizations, devices and what was held back. */
import { describe, expect, it } from 'vitest'
import type { Disclosable } from '../../src/core/source.ts'
import { drafts, fixture, ISSUER, request, told } from './fixture.ts'

const at = 1787314569
const userId = 'xz7nbya58wb7'
const subId = { format: 'iss_sub', iss: ISSUER, sub: userId }
const from = (event: string) => ({ id: 'acme-idp', provider: 'logto', event })

const events = (event: string, payload: Record<string, unknown>, disclose?: Disclosable[]) =>
  drafts('logto', request(JSON.stringify({ event, ...payload })), disclose).map(told)

describe('the members of an organization', () => {
  it('are told one by one when they are named', () => {
    expect(drafts('logto', fixture('logto', 'Organization.Membership.Updated.json')).map(told)).toEqual([
      {
        event: 'role/members-changed',
        subId: { format: 'opaque', id: 'unaytimk8mj9' },
        claims: {
          event_timestamp: at,
          initiating_entity: 'admin',
          source: from('Organization.Membership.Updated'),
          organization: { id: 'unaytimk8mj9' },
          request: { ip: '203.0.113.10', user_agent: 'node' },
          resource: { type: 'organization', id: 'unaytimk8mj9' },
          user: { id: userId },
          members: { added: [userId] },
        },
      },
    ])
    const both = { organizationId: 'o1', addedUserIds: ['a', 'b'], removedUserIds: ['c'] }
    const found = events('Organization.Membership.Updated', both)
    expect(found.map(({ claims }) => claims.members)).toEqual([
      { added: ['a'] },
      { added: ['b'] },
      { removed: ['c'] },
    ])
    expect(found[2]?.claims.user).toEqual({ id: 'c' })
  })

  it('have changed, somehow, when an older build names nobody', () => {
    const found = events('Organization.Membership.Updated', { params: { id: 'o1' }, data: null })
    expect(found).toMatchObject([{ claims: { resource: { type: 'organization', id: 'o1' } } }])
    expect(found[0]?.claims).not.toHaveProperty('members')
  })
})

describe('a thing', () => {
  const data = { id: 'r1', name: 'editor', description: 'LEAK' }

  it.each([
    ['Role.Created', 'role/created', 'role'],
    ['OrganizationRole.Data.Updated', 'role/updated', 'organization_role'],
    ['OrganizationScope.Created', 'role/created', 'organization_scope'],
    ['Organization.Data.Updated', 'organization/updated', 'organization'],
  ])('of %s means %s of a %s', (native, event, type) => {
    const found = events(native, { data, matchedRoute: '/x' })
    expect(found).toMatchObject([
      {
        event,
        subId: { format: 'opaque', id: 'r1' },
        claims: { initiating_entity: 'admin', resource: { type, id: 'r1', name: 'editor' } },
      },
    ])
    expect(JSON.stringify(found)).not.toContain('LEAK')
  })

  it('that is gone is known by the route’s parameters', () => {
    const params = { resourceId: 'api', id: 'r1', scopeId: 's1' }
    const [role] = events('Role.Deleted', { params, data: null })
    expect(role?.claims.resource).toEqual({ type: 'role', id: 'r1' })
    const [scope] = events('Scope.Deleted', { params, data: null })
    expect(scope?.claims.resource).toEqual({ type: 'scope', id: 's1' })
  })

  it('whose scopes are the data is not taken for one of them', () => {
    const scopes = { data: [{ id: 's1', name: 'LEAK' }] }
    for (const named of [{ roleId: 'r1' }, { params: { id: 'r1' } }]) {
      const found = events('Role.Scopes.Updated', { ...scopes, ...named })
      expect(found).toMatchObject([{ event: 'role/permissions-changed', subId: { id: 'r1' } }])
      expect(JSON.stringify(found)).not.toContain('LEAK')
    }
  })
})

it.each([
  ['Created', 'device/trusted', { data: { id: 'd1', userId, expiresAt: 1 } }],
  ['Deleted', 'device/untrusted', { data: null, params: { userId, id: 'd1' } }],
])('a trusted device that is %s is its user’s', (act, event, payload) => {
  expect(events(`TrustedDevice.${act}`, payload)).toMatchObject([
    { event, subId, claims: { user: { id: userId } } },
  ])
})

describe('a lockout', () => {
  it.each<[string, string, object, Disclosable]>([
    ['email', 'a@b.example', { format: 'email', email: 'a@b.example' }, 'email'],
    ['phone', '4915112345', { format: 'opaque', id: '4915112345' }, 'phone'],
    ['username', '4915112345', { format: 'opaque', id: '4915112345' }, 'username'],
  ])('of a %s is about it', (type, value, expected, field) => {
    const payload = { type, value, interactionEvent: 'SignIn' }
    expect(events('Identifier.Lockout', payload, [field])).toMatchObject([
      {
        event: 'login/blocked',
        subId: expected,
        claims: { initiating_entity: 'policy', user: { [field]: value } },
      },
    ])
    const others = (['email', 'phone', 'username'] as const).filter((each) => each !== field)
    const [hidden] = events('Identifier.Lockout', payload, others)
    expect(JSON.stringify(hidden)).not.toContain(value)
    expect(hidden?.subId).toEqual({ format: 'opaque', id: `hidden:${value.length}` })
  })
})

it.each([
  ['a@b.example', { email: 'a@b.example' }],
  ['4915112345', { phone: '4915112345' }],
])('a message that was held back is told with its receiver %s', (recipient, user) => {
  const payload = { action: 'VerificationCodeSend', recipient }
  expect(events('Message.RateLimited', payload, ['email', 'phone'])).toMatchObject([
    { event: 'system/message-limited', subId: { format: 'opaque', id: 'acme-idp' }, claims: { user } },
  ])
  expect(events('Message.RateLimited', payload, [])[0]?.claims).not.toHaveProperty('user')
})

it('grants beyond the limit are a user’s at a client', () => {
  const payload = { userId, applicationId: 'a1', revokedGrantIds: ['LEAK'], maxAllowedGrants: 3 }
  const found = events('Grant.LimitExceeded', payload)
  expect(found).toMatchObject([
    { event: 'token/revoked', subId, claims: { initiating_entity: 'policy', client: { id: 'a1' } } },
  ])
  expect(JSON.stringify(found)).not.toContain('LEAK')
})

describe('two hooks of one act', () => {
  const user = { id: userId, username: 'alice' }
  const act = { interactionEvent: 'Register', userId, user }
  const names = (...natives: [string, Record<string, unknown>][]) =>
    natives.flatMap(([native, payload]) => events(native, payload).map(({ event }) => event))

  it.each([
    [
      'a sign-up',
      names(['PostRegister', act], ['User.Created', { interactionEvent: 'Register', data: user }]),
    ],
    [
      'a reset password',
      names(
        ['PostResetPassword', act],
        ['User.Data.Updated', { interactionEvent: 'ForgotPassword', data: user }],
      ),
    ],
  ])('tell of %s without telling the same twice', (_, found) => {
    expect(found.length).toBeGreaterThan(1)
    expect(new Set(found).size).toBe(found.length)
  })
})
