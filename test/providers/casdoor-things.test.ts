/** Records about things, stored sessions and tokens: what they are about, and in which body. */
import { describe, expect, it } from 'vitest'
import { events, form } from './casdoor-request.ts'
import { casdoorObject, NATIVE_NAMES } from './plausible.ts'

const multipart = (fields: Record<string, string>) =>
  Object.entries(fields)
    .map(([name, value]) => `--X\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
    .join('')
    .concat('--X--\r\n')

/** What stands in lists and in nested objects has no form but JSON. */
const ONLY_JSON = ['unlink', 'delete-session']
const actions = NATIVE_NAMES.casdoor?.filter((action) => !ONLY_JSON.includes(action)) ?? []

describe('a body', () => {
  it.each(actions)('of %s says the same in JSON, as a form and in multipart', (action) => {
    const { sessionId, ...fields } = casdoorObject(action)
    const said = events(action, { ...fields, sessionId })
    expect(said.length).toBeGreaterThan(0)
    expect(events(action, form(fields as Record<string, string>))).toEqual(said)
    expect(events(action, multipart(fields as Record<string, string>))).toEqual(said)
  })
})

describe('a thing', () => {
  const object = { owner: 'acme', name: 'editors', clientSecret: 'LEAK', headers: 'LEAK' }

  it('is named after its owner, and is told with who changed it', () => {
    expect(events('add-role', object)).toEqual([
      {
        event: 'role/created',
        subId: { format: 'opaque', id: 'acme/editors' },
        claims: {
          event_timestamp: 1787388816,
          initiating_entity: 'admin',
          source: { id: 'acme-idp', provider: 'casdoor', event: 'add-role' },
          actor: { type: 'user', username: 'admin' },
          organization: { name: 'acme' },
          request: { ip: '203.0.113.24' },
          resource: { type: 'role', id: 'acme/editors', name: 'editors' },
        },
      },
    ])
  })

  it.each([
    ['update-cert', 'client/updated', 'certificate'],
    ['delete-organization', 'organization/deleted', 'organization'],
    ['add-webhook', 'system/created', 'webhook'],
    ['update-ticket', 'system/updated', 'ticket'],
    ['add-ticket-message', 'system/updated', 'ticket'],
    ['delete-pricing', 'commerce/deleted', 'pricing'],
    ['cancel-order', 'commerce/order-canceled', 'order'],
  ])('of %s means %s of a %s', (action, event, type) => {
    expect(events(action, object)).toMatchObject([
      { event, claims: { resource: { type, id: 'acme/editors' } } },
    ])
  })

  it('may be named by the request’s address alone', () => {
    const byQuery = events('pay-order', '', { requestUri: '/api/pay-order?id=acme/order-1&providerName=p' })
    expect(byQuery).toMatchObject([{ event: 'commerce/order-paid', subId: { id: 'acme/order-1' } }])
    const byPath = events('notify-payment', '', { requestUri: '/api/notify-payment/acme/payment-1' })
    expect(byPath).toMatchObject([{ subId: { id: 'acme/payment-1' }, claims: { change: 'notified' } }])
    const bySecret = events('invoice-payment', '', { requestUri: '/api/invoice-payment?id=LEAK' })
    expect(JSON.stringify(bySecret)).not.toContain('LEAK')
  })

  it('may have an id in the place of a name', () => {
    expect(events('add-ldap', { id: 'l1', owner: 'acme', password: 'LEAK' })).toMatchObject([
      { event: 'system/created', claims: { resource: { type: 'ldap', id: 'l1' } } },
    ])
  })

  it('belongs to nobody’s organization when everybody shares it', () => {
    const [found] = events('add-application', { owner: 'admin', name: 'app', organization: 'other' })
    expect(found?.claims).toMatchObject({ organization: { name: 'other' }, resource: { id: 'admin/app' } })
    const [byClient] = events(
      'add-provider',
      { owner: 'admin', name: 'p' },
      { organization: 'app', user: 'crm' },
    )
    expect(byClient?.claims).toMatchObject({ actor: { type: 'client', id: 'crm' } })
    expect(byClient?.claims).not.toHaveProperty('organization')
  })

  it('that is a policy has no name, and least of all that of its enforcer', () => {
    const [found] = events(
      'remove-policy',
      { ptype: 'p', v0: 'alice' },
      { requestUri: '/api/remove-policy?id=acme/e' },
    )
    expect(found?.claims.resource).toEqual({ type: 'policy' })
  })

  it('was not changed when that failed', () => {
    expect(events('add-role', object, { response: '{status:"error", msg:"no"}' })).toEqual([])
  })
})

it.each([
  ['enforcerId=acme/e', 'enforcer', 'acme/e'],
  ['permissionId=acme/p', 'permission', 'acme/p'],
  ['modelId=acme/m', 'model', 'acme/m'],
  ['resourceId=x', 'policy', undefined],
  ['enforcerId=', 'policy', undefined],
])('a decision asked of %s is one of a %s', (query, type, id) => {
  const [found] = events('enforce', '["alice","data1","read"]', { requestUri: `/api/enforce?${query}` })
  expect(found).toMatchObject({ event: 'role/evaluated', claims: { resource: { type } } })
  expect(found?.claims.resource).toEqual(id === undefined ? { type } : { type, id })
})

describe('a stored session', () => {
  const session = { owner: 'acme', name: 'alice', application: 'app-acme', sessionId: ['s1', 's2'] }

  it('that was deleted is revoked, each under its name', () => {
    const found = events('delete-session', session)
    expect(found.map(({ claims }) => claims.session)).toEqual([{ id: 's1' }, { id: 's2' }])
    expect(found[0]).toMatchObject({
      event: 'session/revoked',
      subId: { format: 'complex', user: { id: 'acme/alice' }, session: { id: 's1' } },
      claims: { user: { username: 'alice' }, client: { name: 'app-acme' } },
    })
  })

  it('that the address names is the only one deleted, and the only one told', () => {
    const one = { requestUri: '/api/delete-session?id=acme/alice/app&sessionId=s2' }
    const found = events('delete-session', session, one)
    expect(found.map(({ claims }) => claims.session)).toEqual([{ id: 's2' }])
    expect(JSON.stringify(found)).not.toContain('s1')
  })

  it('that somebody keeps while they delete their own is not told from the others', () => {
    const found = events('delete-session', session, { user: 'alice' })
    expect(found).toMatchObject([{ event: 'session/changed', claims: { user: { username: 'alice' } } }])
    expect(JSON.stringify(found)).not.toMatch(/s1|s2/)
  })

  it('that is not listed does not stand for all of them', () => {
    expect(events('delete-session', { ...session, sessionId: [] })).toMatchObject([
      { event: 'session/changed' },
    ])
  })

  it('that lives is told without the id that would open it', () => {
    const found = events('add-session', session)
    expect(found).toMatchObject([{ event: 'session/changed', subId: { id: 'acme/alice' } }])
    expect(JSON.stringify(found)).not.toMatch(/s1|s2/)
  })
})

describe('a token', () => {
  it('that is stored names its user and client, never itself', () => {
    const token = {
      owner: 'admin',
      name: 'LEAK',
      user: 'alice',
      organization: 'acme',
      application: 'app',
      accessToken: 'LEAK',
    }
    const found = events('delete-token', token)
    expect(found).toMatchObject([
      {
        event: 'token/changed',
        subId: { id: 'acme/alice' },
        claims: { change: 'deleted', client: { name: 'app' }, actor: { username: 'admin' } },
      },
    ])
    expect(JSON.stringify(found)).not.toContain('LEAK')
  })

  it('that is issued names the client, and only when it was', () => {
    const object = form({ client_id: 'c1', client_secret: 'LEAK', code: 'LEAK', refresh_token: 'LEAK' })
    const answered = (statusCode: number) =>
      events('login/oauth/access_token', object, { user: '', response: '{status:"", msg:""}', statusCode })
    expect(answered(200)).toMatchObject([
      { event: 'token/issued', subId: { id: 'c1' }, claims: { client: { id: 'c1' } } },
    ])
    expect(JSON.stringify(answered(200))).not.toContain('LEAK')
    expect(answered(400)).toEqual([])
  })
})
