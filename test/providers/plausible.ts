/** A plausible payload of every native event: made up, in the provider's form, about Alice. */
import names from './fixtures/native-names.json' with { type: 'json' }
import type { NativeRequest } from '../../src/providers/provider.ts'
import { request } from './fixture.ts'

/** Every native event, as the providers' own sources name it. */
export const NATIVE_NAMES: Readonly<Record<string, string[]>> = names

/** `[provider, native]` of all of them. */
export const EVERY_EVENT = Object.entries(NATIVE_NAMES).flatMap(([provider, natives]) =>
  natives.map((native) => [provider, native] as const),
)

export type Payload = Record<string, unknown>

const [user, realm, thing] = [
  '0198c2b4-1111-7aaa-8bbb-000000000001',
  '01963f0a-2b6e-7c11-9d55-0a1b2c3d4e5f',
  '0198c2b4-2222-7aaa-8bbb-000000000002',
]

/** Actions whose `object` is named after a person. */
const PEOPLE = /user|mfa|session|verify-identification/

/** What stands in a record's `object`: more than any one request has, so that whatever is read is there. */
export function casdoorObject(action: string): Payload {
  const who = { owner: 'acme', name: 'alice', id: user, email: 'alice@acme.example' }
  return {
    ...who,
    name: PEOPLE.test(action) ? 'alice' : 'thing-1',
    phone: '+4915112345',
    displayName: 'Alice',
    application: 'app-acme',
    organization: 'acme',
    username: action === 'impersonate-user' ? 'acme/alice' : 'alice',
    user: action === 'unlink' ? who : 'alice',
    groupName: 'admins',
    mfaType: 'app',
    method: 'forget',
    type: 'email',
    dest: 'alice@acme.example',
    checkUser: 'alice',
    applicationId: 'admin/app-acme',
    client_id: 'c1',
    sessionId: ['s1', 's2'],
  }
}

function casdoor(action: string): Payload {
  return {
    id: 0,
    owner: 'acme',
    name: '5d0f3c4e-6a54-4b1e-9d57-6b8f2c1f9d10',
    createdTime: '2026-08-22T16:53:36+08:00',
    organization: 'acme',
    clientIp: '203.0.113.24',
    user: action === 'delete-session' ? 'root' : 'alice',
    method: 'POST',
    requestUri: `/api/${action}?id=acme/thing-1`,
    action,
    object: JSON.stringify(casdoorObject(action)),
    response: '{status:"ok", msg:""}',
    statusCode: 200,
  }
}

const ferriskeyData: readonly [RegExp, unknown][] = [
  [/bulk_deleted/, [user, thing]],
  [/reset_password/, null],
  [/role/, { id: thing, name: 'editor', permissions: ['manage_users'], client_id: null }],
  [/device_flow/, { client_id: thing, user_id: user, device_code: 'x' }],
  [/user/, { id: user, username: 'alice', email: 'alice@acme.example', firstname: 'Alice', lastname: null }],
  [/^(client|redirect_uri|web_origin)\.deleted/, thing],
  [/./, { id: thing, name: 'thing-1', realm_id: realm, created_at: '2026-08-20T13:50:00Z' }],
]

function ferriskey(event: string): Payload {
  return {
    event,
    timestamp: '2026-08-20T13:54:21.123456789+00:00',
    resource_id: event === 'auth.reset_password' ? user : realm,
    data: ferriskeyData.find(([events]) => events.test(event))?.[1],
  }
}

const alice = {
  id: 'xz7nbya58wb7',
  username: 'alice',
  primaryEmail: 'alice@acme.example',
  primaryPhone: '4915112345',
  name: 'Alice',
  isSuspended: true,
}

function logto(event: string): Payload {
  const common = {
    event,
    createdAt: '2026-08-21T12:16:09.123Z',
    userAgent: 'Mozilla/5.0',
    ip: '203.0.113.24',
  }
  if (event.startsWith('Post')) {
    return { ...common, interactionEvent: 'SignIn', userId: alice.id, user: alice, application: { id: 'a1' } }
  }
  if (event === 'Identifier.Lockout') return { ...common, type: 'email', value: 'alice@acme.example' }
  if (event === 'Message.RateLimited') return { ...common, action: 'Send', recipient: 'alice@acme.example' }
  if (event === 'Grant.LimitExceeded') return { ...common, userId: alice.id, applicationId: 'a1' }
  if (event.endsWith('Membership.Updated')) {
    return { ...common, organizationId: 'o1', addedUserIds: [alice.id], removedUserIds: ['other'] }
  }
  const deleted = event.endsWith('.Deleted')
  const data = event.startsWith('User.') ? alice : { id: 't1', name: 'thing-1', userId: alice.id }
  const params = event.startsWith('User.') ? { userId: alice.id } : { id: 't1', userId: alice.id }
  return { ...common, matchedRoute: '/route', params, data: deleted ? null : data }
}

const members = [{ id: 'u1', claims: [{ uri: 'http://wso2.org/claims/username', value: 'alice' }] }]

/** As with Casdoor, more than any one event has. */
function asgardeo(uri: string): Payload {
  const event = {
    initiatorType: 'ADMIN',
    initiatorIpAddress: '203.0.113.24',
    user: {
      id: user,
      claims: [
        { uri: 'http://wso2.org/claims/username', value: 'alice' },
        { uri: 'http://wso2.org/claims/emailaddress', value: 'alice@acme.example' },
        { uri: 'http://wso2.org/claims/givenname', value: 'Alice' },
      ],
      updatedClaims: [{ uri: 'http://wso2.org/claims/mobile', value: '+4915112345' }],
    },
    tenant: { id: '12402', name: 'acme' },
    organization: { id: realm, name: 'acme', orgHandle: 'acme' },
    application: { id: thing, name: 'app-acme' },
    authenticationMethods: ['BasicAuthenticator'],
    session: { id: 's1', applications: [{ id: thing, name: 'app-acme' }] },
    sessions: uri.endsWith('Revoked') ? [{ id: 's1' }, { id: 's2' }] : [],
    role: { id: thing, name: 'editor', addedUsers: members, removedGroups: members },
    reason: { description: 'User authentication failed due to invalid credentials' },
    credentialType: 'PASSWORD',
    action: 'UPDATE',
  }
  return {
    iss: 'https://api.asgardeo.io/t/acme',
    jti: 'j1',
    iat: 1751705149662,
    rci: 'r1',
    events: { [uri]: event },
  }
}

const FORMS: Record<string, (native: string) => Payload> = { asgardeo, casdoor, ferriskey, logto }

export function plausiblePayload(provider: string, native: string): Payload {
  const form = FORMS[provider]
  if (form === undefined) throw new Error(`no payloads of ${provider}`)
  return form(native)
}

export function plausible(provider: string, native: string): NativeRequest {
  return request(JSON.stringify(plausiblePayload(provider, native)))
}
