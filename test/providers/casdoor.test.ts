import { describe, expect, it } from 'vitest'
import { adapter, changed, drafts, fixture, ISSUER, request, told } from './fixture.ts'

const at = 1787388816
const request24 = { ip: '203.0.113.24' }
const from = (event: string) => ({ id: 'acme-idp', provider: 'casdoor', event })
const alice = { format: 'opaque', id: 'acme/alice' }
const uuid = '3f8e6c1a-8f0e-4f0c-9b7f-2f1b3a5c7d9e'

/** The record of a login that succeeded, with some things different. */
const record = (changes: Record<string, unknown>) => changed('casdoor', 'login-success.json', changes)
const events = (changes: Record<string, unknown>) => drafts('casdoor', record(changes)).map(told)
const failed = (message: string) => `{status:"error", msg:"${message}"}`

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

  it('is not the namesake of another organization', () => {
    const [found] = events({ action: 'update-user', object, organization: 'built-in' })
    expect(found?.claims).toMatchObject({ initiating_entity: 'admin', actor: { username: 'alice' } })
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
