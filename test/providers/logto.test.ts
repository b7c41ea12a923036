import { describe, expect, it } from 'vitest'
import { translate } from '../../src/core/translate.ts'
import {
  adapter,
  catalogue,
  changed,
  drafts,
  fixture,
  ISSUER,
  request,
  source,
  told,
  vectors,
} from './fixture.ts'

const at = 1787314569
const subId = { format: 'iss_sub', iss: ISSUER, sub: 'xz7nbya58wb7' }
const user = { id: 'xz7nbya58wb7', username: 'alice', email: 'alice@acme.example' }
const from = (event: string) => ({ id: 'acme-idp', provider: 'logto', event })
const management = { ip: '203.0.113.10', user_agent: 'node' }
const interaction = {
  event_timestamp: at,
  initiating_entity: 'user',
  user,
  client: { id: 'spa0app0id0000000000x', name: 'Acme SPA' },
  request: { ip: '203.0.113.24', user_agent: 'Mozilla/5.0' },
}

const payload = (file: string, changes: Record<string, unknown>) => changed('logto', file, changes)
const events = (file: string, changes: Record<string, unknown> = {}) =>
  drafts('logto', payload(file, changes)).map(told)

const signIn = 'PostSignIn.json'
const created = 'User.Created-management-api.json'
const suspended = 'User.SuspensionStatus.Updated.json'

describe('the signature', () => {
  it.each(vectors('logto'))('of %s is verified over its bytes', (file, { headers, secret }) => {
    const { body } = fixture('logto', file)
    const { authenticate } = adapter('logto')
    expect(authenticate(request(body, headers), { method: 'hmac', secret })).toBe(true)
    expect(authenticate(request(body, headers), { method: 'hmac', secret: `${secret}x` })).toBe(false)
    expect(
      authenticate(request(Buffer.concat([body, Buffer.from(' ')]), headers), { method: 'hmac', secret }),
    ).toBe(false)
    const name = 'logto-signature-sha-256'
    const forged = {
      ...headers,
      [name]: headers[name]?.replace(/^./, (first) => (first === '0' ? '1' : '0')),
    }
    expect(authenticate(request(body, forged), { method: 'hmac', secret })).toBe(false)
    expect(authenticate(request(body), { method: 'hmac', secret })).toBe(false)
  })

  it('is the only proof that counts', () => {
    const { authenticate } = adapter('logto')
    const native = request('{}', { authorization: 'Bearer s' })
    expect(authenticate(native, { method: 'bearer', secret: 's' })).toBe(false)
  })
})

describe('an interaction', () => {
  it('that signed in is a login and a session without a name', () => {
    const claims = { ...interaction, source: from('PostSignIn') }
    expect(events(signIn)).toEqual([
      { event: 'login/succeeded', subId, claims },
      {
        event: 'session/established',
        subId,
        claims: { ...claims, reason_admin: { en: 'The user signed in to Logto.' } },
      },
    ])
  })

  it('that registered is a registration and a session', () => {
    const found = events(signIn, { event: 'PostRegister', interactionEvent: 'Register' })
    expect(found.map(({ event }) => event)).toEqual(['registration/succeeded', 'session/established'])
    expect(found[0]).toMatchObject({ subId, claims: { user, initiating_entity: 'user' } })
  })

  it('that asks for more is a challenge', () => {
    const found = events(signIn, { event: 'PostSignInAdaptiveMfaTriggered' })
    expect(found).toMatchObject([
      { event: 'login/challenged', subId, claims: { initiating_entity: 'policy' } },
    ])
  })

  it('that reset a password changed a credential', () => {
    expect(events('PostResetPassword.json')).toEqual([
      {
        event: 'credential/changed',
        subId,
        claims: {
          ...interaction,
          source: from('PostResetPassword'),
          reason_admin: { en: 'The user reset a forgotten password.' },
          credential_type: 'password',
          change_type: 'update',
        },
      },
    ])
  })
})

describe('a data hook', () => {
  const claims = { event_timestamp: at, initiating_entity: 'admin', user, request: management }

  it('tells of a new user', () => {
    expect(events(created)).toEqual([
      { event: 'user/created', subId, claims: { ...claims, source: from('User.Created') } },
    ])
  })

  it('tells of a suspension, in both directions', () => {
    expect(events(suspended)).toEqual([
      { event: 'user/disabled', subId, claims: { ...claims, source: from('User.SuspensionStatus.Updated') } },
    ])
    expect(events(suspended, { data: { id: user.id, isSuspended: false } })).toMatchObject([
      { event: 'user/enabled', subId },
    ])
    expect(events(suspended, { data: { id: user.id } })).toEqual([])
  })

  it('tells of a deletion by its parameters, since nothing else is left', () => {
    const deletion = {
      event: 'User.Deleted',
      method: 'DELETE',
      params: { userId: user.id },
      matchedRoute: '/users/:userId',
      data: null,
    }
    expect(events(created, deletion)).toEqual([
      {
        event: 'user/deleted',
        subId,
        claims: { ...claims, user: { id: user.id }, source: from('User.Deleted') },
      },
    ])
  })

  const update = { event: 'User.Data.Updated', params: { userId: user.id }, matchedRoute: '/users/:userId' }

  it('tells of new data, or of a new password by its route', () => {
    expect(events(created, update)).toMatchObject([{ event: 'user/updated', subId, claims }])
    expect(events(created, { ...update, matchedRoute: '/users/:userId/password' })).toMatchObject([
      {
        event: 'credential/changed',
        subId,
        claims: { ...claims, credential_type: 'password', change_type: 'update' },
      },
    ])
  })

  it('does not take custom data for the user', () => {
    const data = { id: 'LEAK', username: 'LEAK', name: 'LEAK' }
    const [found] = events(created, { ...update, matchedRoute: '/users/:userId/custom-data', data })
    expect(found).toMatchObject({ subId, claims: { user: { id: user.id } } })
    expect(JSON.stringify(found)).not.toContain('LEAK')
  })

  it('says who only as far as it knows', () => {
    const account = { ...update, matchedRoute: undefined, params: undefined }
    expect(events(created, account)[0]?.claims).not.toHaveProperty('initiating_entity')
    const [byUser] = events(created, { ...account, interactionEvent: 'SignIn' })
    expect(byUser?.claims).toMatchObject({ initiating_entity: 'user' })
  })
})

describe('the test button', () => {
  it.each([
    ['an interaction hook', fixture('logto', 'TEST-PostSignIn.json')],
    [
      'a data hook',
      payload(created, { path: '/fake-path/:id', params: { id: 'fake-id' }, data: { result: 'success' } }),
    ],
  ])('is known for %s', (_, native) => {
    expect(adapter('logto').read(native)[0]?.test).toBe(true)
  })

  it('is not seen in what people do', () => {
    for (const [file] of vectors('logto')) {
      if (file.startsWith('TEST')) continue
      expect(adapter('logto').read(fixture('logto', file))[0]).not.toHaveProperty('test')
    }
  })
})

describe('a payload', () => {
  it.each(vectors('logto'))('like %s has its hash as key', (file, { sha256 }) => {
    expect(adapter('logto').read(fixture('logto', file))[0]).toMatchObject({ key: sha256 })
  })

  it('of an event that nobody mapped is still read', () => {
    const [native] = adapter('logto').read(payload(created, { event: 'User.Cloned' }))
    if (native === undefined) throw new Error('nothing read')
    expect(translate(native, source('logto'), catalogue, (text) => text)).toBe('unmapped')
  })
})
