import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { SourceAuth } from '../../src/core/source.ts'
import type { NativeRequest } from '../../src/providers/provider.ts'
import { adapter, changed, drafts, fixture, ISSUER, request, told, vectors } from './fixture.ts'

const at = 1787234061
const userId = '0198c2b4-1111-7aaa-8bbb-000000000001'
const realm = '01963f0a-2b6e-7c11-9d55-0a1b2c3d4e5f'
const from = (event: string) => ({ id: 'acme-idp', provider: 'ferriskey', event })
const organization = { id: realm }
const subId = { format: 'iss_sub', iss: ISSUER, sub: userId }

const created = 'user.created-self-registration.json'
const uri = 'redirect_uri.created.json'
const events = (file: string, changes: Record<string, unknown> = {}) =>
  drafts('ferriskey', changed('ferriskey', file, changes)).map(told)

describe('the signature', () => {
  const { authenticate } = adapter('ferriskey')
  const accepts = (native: NativeRequest, secret: string) => authenticate(native, { method: 'hmac', secret })

  it.each(vectors('ferriskey'))('of %s is verified over time and bytes', (file, { headers, secret }) => {
    const { body } = fixture('ferriskey', file)
    const native = { headers, body, receivedAt: at * 1000 }
    expect(accepts(native, secret)).toBe(true)
    expect(accepts(native, `${secret}x`)).toBe(false)
    expect(accepts({ ...native, body: Buffer.concat([body, Buffer.from(' ')]) }, secret)).toBe(false)
    const later = { ...headers, 'x-ferriskey-timestamp': String(at + 1) }
    expect(accepts({ ...native, headers: later }, secret)).toBe(false)
    expect(accepts({ ...native, headers: {} }, secret)).toBe(false)
    expect(accepts(native, '')).toBe(false)
  })

  const signed = (time: string, receivedAt: number): NativeRequest => ({
    headers: {
      'x-ferriskey-timestamp': time,
      'x-ferriskey-signature': createHmac('sha256', 's').update(`${time}.{}`).digest('hex'),
    },
    body: Buffer.from('{}'),
    receivedAt,
  })

  it.each([
    ['now', String(at), 0, true],
    ['five minutes ago', String(at), 300_000, true],
    ['in five minutes', String(at), -300_000, true],
    ['longer ago', String(at), 300_001, false],
    ['later', String(at), -300_001, false],
    ['in milliseconds', `${at}000`, 0, false],
    ['with a fraction', `${at}.0`, 0, false],
    ['with a sign', `+${at}`, 0, false],
    ['at no time', '', 0, false],
  ])('made %s counts as it should', (_, time, late, expected) => {
    expect(accepts(signed(time, at * 1000 + late), 's')).toBe(expected)
  })

  it.each<[string, SourceAuth, string]>([
    ['bearer', { method: 'bearer', secret: 's' }, 'Bearer s'],
    [
      'basic',
      { method: 'basic', username: 'u', secret: 's' },
      `Basic ${Buffer.from('u:s').toString('base64')}`,
    ],
    ['a header', { method: 'header', name: 'Authorization', secret: 's' }, 's'],
  ])('is not needed by an older build, which proves itself by %s', (_, auth, authorization) => {
    expect(authenticate(request('{}', { authorization }), auth)).toBe(true)
    expect(authenticate(request('{}', { authorization: 'x' }), auth)).toBe(false)
  })
})

describe('the key', () => {
  const key = (headers: Record<string, string>, body = '{"event":"e"}') =>
    adapter('ferriskey').read(request(body, headers))[0]?.key

  it('is the delivery’s id, the same when it is tried again', () => {
    expect(key({ 'x-ferriskey-delivery-id': 'd1' })).toBe('d1')
  })

  it('is what the bytes are when an older build sends none', () => {
    expect(key({})).toBe(key({ 'x-ferriskey-delivery-id': '' }))
    expect(key({})).not.toBe(key({}, '{"event": "e"}'))
  })
})

describe('a user', () => {
  const user = { id: userId, username: 'alice', email: 'alice@acme.example' }

  it('who registered is created and registered', () => {
    const claims = {
      event_timestamp: at,
      initiating_entity: 'user',
      source: from('user.created'),
      user,
      organization,
    }
    expect(events(created)).toEqual([
      { event: 'user/created', subId, claims },
      { event: 'registration/succeeded', subId, claims },
    ])
  })

  it('whom an administrator made is created alone, in a realm with a name', () => {
    const data = { id: userId, username: 'alice', realm: { id: realm, name: 'acme', settings: 'LEAK' } }
    expect(events(created, { data })).toMatchObject([
      {
        event: 'user/created',
        subId,
        claims: { initiating_entity: 'admin', organization: { id: realm, name: 'acme' } },
      },
    ])
  })

  it('who is gone is deleted', () => {
    expect(events('user.deleted.json')).toEqual([
      {
        event: 'user/deleted',
        subId,
        claims: {
          event_timestamp: at,
          initiating_entity: 'admin',
          source: from('user.deleted'),
          user,
          organization,
        },
      },
    ])
  })

  it('is one of many in a bulk deletion', () => {
    const others = [userId, '0198c2b4-1111-7aaa-8bbb-000000000009']
    const found = events('user.deleted.json', { event: 'user.bulk_deleted', data: others })
    expect(found.map(({ event }) => event)).toEqual(['user/deleted', 'user/deleted'])
    expect(found.map(({ claims }) => claims.user)).toEqual(others.map((id) => ({ id })))
    expect(events('user.deleted.json', { event: 'user.bulk_deleted', data: [] })).toEqual([])
  })

  it('is updated, when it is not a role that stands in their place', () => {
    const data = { id: userId, username: 'alice', enabled: false }
    expect(events(created, { event: 'user.updated', data })).toMatchObject([
      { event: 'user/updated', subId, claims: { user: { id: userId, username: 'alice' } } },
    ])
    expect(events('user.updated-role-unassigned-quirk.json')).toEqual([
      {
        event: 'role/unassigned',
        subId: { format: 'opaque', id: '0198c2b4-2222-7aaa-8bbb-000000000002' },
        claims: {
          event_timestamp: at,
          initiating_entity: 'admin',
          source: from('user.updated'),
          organization,
          resource: { type: 'role', id: '0198c2b4-2222-7aaa-8bbb-000000000002', name: 'editor' },
        },
      },
    ])
  })

  it('reset their password: the one event that names them as its resource', () => {
    expect(events('auth.reset_password.json')).toEqual([
      {
        event: 'credential/changed',
        subId,
        claims: {
          event_timestamp: at,
          initiating_entity: 'user',
          reason_admin: { en: 'The user reset a forgotten password.' },
          source: from('auth.reset_password'),
          user: { id: userId },
          credential_type: 'password',
          change_type: 'update',
        },
      },
    ])
  })

  it.each([
    ['password', 'password'],
    ['otp', 'app'],
    ['webauthn', 'other'],
  ])('lost a credential of kind %s', (credential_type, told) => {
    const data = { id: 'c1', user_id: userId, credential_type, secret_data: 'LEAK' }
    const found = events(created, { event: 'user.credentials.deleted', data })
    expect(found).toMatchObject([{ event: 'credential/changed', subId, claims: { credential_type: told } }])
    expect(JSON.stringify(found)).not.toContain('LEAK')
  })
})

describe('a thing', () => {
  it('is told with the client that it belongs to', () => {
    expect(events(uri)).toEqual([
      {
        event: 'client/created',
        subId: { format: 'opaque', id: '0198c2b4-4444-7aaa-8bbb-000000000004' },
        claims: {
          event_timestamp: at,
          initiating_entity: 'admin',
          source: from('redirect_uri.created'),
          client: { id: '0198c2b4-3333-7aaa-8bbb-000000000003' },
          organization,
          resource: {
            type: 'redirect_uri',
            id: '0198c2b4-4444-7aaa-8bbb-000000000004',
            name: 'https://app.acme.example/cb',
          },
        },
      },
    ])
  })

  it('that is a webhook is told without its address and its headers', () => {
    const data = { id: 'w1', name: 'hub', endpoint: 'LEAK', headers: { authorization: 'LEAK' } }
    const found = events('webhook.created.json', { data })
    expect(found).toMatchObject([
      { event: 'system/created', claims: { resource: { type: 'webhook', id: 'w1', name: 'hub' } } },
    ])
    expect(JSON.stringify(found)).not.toContain('LEAK')
    expect(events('webhook.created.json')).toEqual([
      {
        event: 'system/created',
        subId: { format: 'opaque', id: '0198c2b4-6666-7aaa-8bbb-000000000006' },
        claims: {
          event_timestamp: at,
          initiating_entity: 'admin',
          source: from('webhook.created'),
          organization,
          resource: { type: 'webhook', id: '0198c2b4-6666-7aaa-8bbb-000000000006', name: 'hub' },
        },
      },
    ])
  })

  it('may be gone and known by its id alone', () => {
    const id = '0198c2b4-3333-7aaa-8bbb-000000000003'
    expect(events(uri, { event: 'client.deleted', data: id })).toMatchObject([
      { event: 'client/deleted', subId: { id }, claims: { resource: { type: 'application', id } } },
    ])
  })

  it('that goes into maintenance comes out of it', () => {
    const state = (event: string) => events(uri, { event })[0]?.claims.state
    expect(state('client.maintenance.enabled')).toBe('entered')
    expect(state('client.maintenance.disabled')).toBe('left')
  })

  it.each([
    ['2026-08-19T13:54:21Z', 'organization/deleted'],
    ['2026-08-20T13:54:11.000Z', 'organization/deleted'],
    ['2026-08-20T13:54:12.000Z', 'organization/created'],
    [undefined, 'organization/deleted'],
  ])('that is a realm made at %s and told as created means %s', (created_at, event) => {
    const data = { id: realm, name: 'acme', created_at }
    expect(events(uri, { event: 'realm.created', data })).toMatchObject([
      { event, subId: { id: realm }, claims: { resource: { type: 'realm', id: realm, name: 'acme' } } },
    ])
  })
})

it.each([
  ['initiated', 'started'],
  ['denied', 'denied'],
  ['expired', 'expired'],
])('a device flow that was %s is told without its code', (act, state) => {
  const data = {
    session_id: 's1',
    client_id: 'c1',
    device_code: 'LEAK',
    user_id: act === 'denied' ? userId : null,
  }
  const found = events(uri, { event: `auth.device_flow.${act}`, data })
  expect(found).toMatchObject([
    {
      event: 'token/device-flow',
      subId: act === 'denied' ? subId : { id: 'c1' },
      claims: { state, client: { id: 'c1' } },
    },
  ])
  expect(JSON.stringify(found)).not.toMatch(/LEAK|s1/)
})

it.each(['LEAK', 7, true, [['LEAK']], ['LEAK']])('data that is %j is refused', (data) => {
  expect(() => events(uri, { data })).toThrow(/field data/)
})
