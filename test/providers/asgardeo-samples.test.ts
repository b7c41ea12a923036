/** Asgardeo's own samples, byte for byte, and what the hub tells of each. */
import { describe, expect, it } from 'vitest'
import { sub, uriOf } from './asgardeo-event.ts'
import { drafts, fixture, told } from './fixture.ts'

const from = (name: string) => ({ id: 'acme-idp', provider: 'asgardeo', event: uriOf(name) })
const sample = (file: string) => drafts('asgardeo', fixture('asgardeo', file)).map(told)

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
