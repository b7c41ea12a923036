/** Records about somebody who stands in a form, in the address, or nowhere. */
import { describe, expect, it } from 'vitest'
import { events, form } from './casdoor-request.ts'
import { ISSUER } from './fixture.ts'

const uuid = '3f8e6c1a-8f0e-4f0c-9b7f-2f1b3a5c7d9e'

describe('somebody', () => {
  const alice = { owner: 'acme', name: 'alice' }
  const subId = { format: 'opaque', id: 'acme/alice' }

  it.each([
    'remove-user-from-group',
    'delete-mfa',
    'set-preferred-mfa',
    'mfa/setup/verify',
    'mfa/setup/initiate',
  ])('stands in the form of %s, or in its address', (action) => {
    const user = { username: 'alice' }
    expect(events(action, form(alice))[0]?.claims).toMatchObject({ user, initiating_entity: 'admin' })
    if (action === 'remove-user-from-group') return
    const requestUri = `/api/${action}?owner=acme&name=alice`
    expect(events(action, '', { requestUri })[0]).toMatchObject({ subId, claims: { user } })
    expect(events(action, '', { user: 'alice' })[0]).toMatchObject({ subId, claims: { user } })
  })

  it('left a group that has an id, having none', () => {
    expect(events('remove-user-from-group', form({ ...alice, groupName: 'admins' }))).toMatchObject([
      {
        event: 'role/members-changed',
        subId: { format: 'opaque', id: 'acme/admins' },
        claims: {
          user: { username: 'alice' },
          resource: { type: 'group', id: 'acme/admins', name: 'admins' },
        },
      },
    ])
  })

  it.each([
    ['app', 'app'],
    ['sms', 'phone-sms'],
    ['email', 'email'],
    ['push', 'other'],
  ])('enrolled a factor of type %s', (mfaType, credential_type) => {
    const found = events(
      'mfa/setup/enable',
      form({ ...alice, mfaType, secret: 'LEAK', recoveryCodes: 'LEAK' }),
    )
    expect(found).toMatchObject([
      { event: 'credential/changed', subId, claims: { credential_type, change_type: 'create' } },
    ])
    expect(JSON.stringify(found)).not.toContain('LEAK')
  })

  it('unlinked an account, named inside the form', () => {
    const user = { ...alice, id: uuid, password: 'LEAK' }
    const found = events('unlink', { providerType: 'GitHub', user }, { user: 'alice' })
    expect(found).toMatchObject([
      {
        event: 'user/unlinked',
        subId: { format: 'iss_sub', iss: ISSUER, sub: uuid },
        claims: { initiating_entity: 'user' },
      },
    ])
    expect(JSON.stringify(found)).not.toContain('LEAK')
  })

  it('unlinked their own in an older build, which names nobody', () => {
    const found = events('unlink', { providerType: 'GitHub' }, { user: 'alice' })
    expect(found).toMatchObject([{ event: 'user/unlinked', subId, claims: { user: { username: 'alice' } } }])
  })

  it('orders for themselves, or for another', () => {
    const order = { productInfos: [{ name: 'p' }] }
    const [own] = events('place-order', order, { user: 'alice' })
    expect(own).toMatchObject({
      event: 'commerce/order-placed',
      subId,
      claims: { user: { username: 'alice' } },
    })
    const requestUri = '/api/place-order?owner=acme&userName=alice'
    const [another] = events('place-order', order, { requestUri })
    expect(another).toMatchObject({ subId, claims: { actor: { username: 'admin' } } })
  })

  it('is acted for by somebody else', () => {
    expect(events('impersonate-user', form({ username: 'acme/alice' }))).toMatchObject([
      {
        event: 'session/impersonation-started',
        subId,
        claims: { user: { username: 'alice' }, actor: { type: 'user', username: 'admin' } },
      },
    ])
    expect(events('exit-impersonate-user', '')).toMatchObject([
      { event: 'session/impersonation-ended', claims: { actor: { username: 'admin' } } },
    ])
  })

  it('agreed to an application', () => {
    expect(
      events('grant-consent', { application: 'admin/app-acme', scopes: [] }, { user: 'alice' }),
    ).toMatchObject([
      {
        event: 'consent/granted',
        subId,
        claims: { client: { name: 'app-acme' }, initiating_entity: 'user' },
      },
    ])
  })

  it('is invited by address', () => {
    const invitation = {
      owner: 'acme',
      name: 'inv',
      email: 'eve@acme.example',
      code: 'LEAK',
      application: 'app-acme',
    }
    const found = events('delete-invitation', invitation)
    expect(found).toMatchObject([
      {
        event: 'registration/invited',
        subId: { format: 'email', email: 'eve@acme.example' },
        claims: { change: 'withdrawn', user: { email: 'eve@acme.example' }, client: { name: 'app-acme' } },
      },
    ])
    expect(JSON.stringify(found)).not.toMatch(/LEAK|inv"/)
  })

  it('is sent a code, which begins a recovery when the password is forgotten', () => {
    const code = { dest: 'a***@acme.example', type: 'email', checkUser: 'alice', applicationId: 'admin/app' }
    const forgot = events('send-verification-code', form({ ...code, method: 'forget' }), { user: '' })
    expect(forgot.map(({ event }) => event)).toEqual(['system/message-sent', 'credential/recovery-activated'])
    expect(forgot[1]).toMatchObject({
      subId,
      claims: { user: { username: 'alice' }, client: { name: 'app' } },
    })
    const masked = events('send-verification-code', form({ ...code, checkUser: '' }), { user: '' })
    expect(masked).toHaveLength(1)
    expect(masked[0]?.claims).not.toHaveProperty('user')
    const open = events('send-verification-code', form({ dest: 'a@b.example', type: 'email' }), { user: '' })
    expect(open[0]?.claims.user).toEqual({ email: 'a@b.example' })
  })

  it('has signed in with a key when the record names them', () => {
    const names = (user: string) => events('webauthn/signin/finish', '', { user }).map(({ event }) => event)
    expect(names('alice')).toEqual(['login/succeeded', 'session/established'])
    expect(names('')).toEqual(['login/federated'])
  })
})
