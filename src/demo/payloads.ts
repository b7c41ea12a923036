/** What the providers send, in their own formats. The people and addresses are made up. */

/** Casdoor's record of a login; `response` is not JSON, `object` is the request's body as text. */
function casdoorLogin(change: { name: string; user: string; response: string }): string {
  const typed = {
    application: 'app-acme',
    organization: 'acme',
    username: 'alice',
    password: '***',
    signinMethod: 'Password',
  }
  return JSON.stringify({
    id: 0,
    owner: 'acme',
    createdTime: new Date().toISOString(),
    organization: change.user === '' ? '' : 'acme',
    clientIp: '203.0.113.24',
    method: 'POST',
    requestUri: '/api/login',
    action: 'login',
    language: 'en',
    object: JSON.stringify(typed),
    statusCode: 200,
    detail: '',
    isTriggered: false,
    extendedUser: null,
    ...change,
  })
}

export const casdoorLoginSucceeded = (): string =>
  casdoorLogin({
    name: '5d0f3c4e-6a54-4b1e-9d57-6b8f2c1f9d10',
    user: 'alice',
    response: '{status:"ok", msg:""}',
  })

export const casdoorLoginFailed = (): string =>
  casdoorLogin({
    name: '0b7f1d7a-2a53-4e39-8e33-3a0f0f5a2e11',
    user: '',
    response: '{status:"error", msg:"password or code is incorrect, you have 4 remaining chances"}',
  })

const LOGTO_USER = {
  id: 'xz7nbya58wb7',
  username: 'alice',
  primaryEmail: 'alice@acme.example',
  name: 'Alice',
  customData: { salary: 'nobody else’s business' },
  isSuspended: false,
}

export const logtoSignIn = (): string =>
  JSON.stringify({
    event: 'PostSignIn',
    createdAt: new Date().toISOString(),
    sessionId: '5yk2Vd2wGhV0n0Zb1Jp0o',
    userAgent: 'Mozilla/5.0',
    userId: LOGTO_USER.id,
    userIp: '203.0.113.24',
    user: LOGTO_USER,
    application: { id: 'spa0app0id0000000000x', type: 'SPA', name: 'Acme SPA' },
    hookId: '1exbl3nls4x8qwk5y1vhu',
  })

export const logtoSuspension = (): string =>
  JSON.stringify({
    event: 'User.SuspensionStatus.Updated',
    createdAt: new Date().toISOString(),
    userAgent: 'node',
    ip: '203.0.113.10',
    path: `/users/${LOGTO_USER.id}/is-suspended`,
    method: 'PATCH',
    status: 200,
    params: { userId: LOGTO_USER.id },
    matchedRoute: '/users/:userId/is-suspended',
    data: { ...LOGTO_USER, isSuspended: true },
    hookId: '1exbl3nls4x8qwk5y1vhu',
  })

export const ferriskeyUserCreated = (): string =>
  JSON.stringify({
    event: 'user.created',
    timestamp: new Date().toISOString(),
    resource_id: '01963f0a-2b6e-7c11-9d55-0a1b2c3d4e5f',
    data: {
      id: '0198c2b4-1111-7aaa-8bbb-000000000001',
      realm_id: '01963f0a-2b6e-7c11-9d55-0a1b2c3d4e5f',
      username: 'bob',
      email: 'bob@acme.example',
      enabled: true,
      required_actions: [],
      failed_login_attempts: 0,
    },
  })

/** In the form of a SET, unsigned, with the time in milliseconds. */
export const wso2SessionRevoked = (): string =>
  JSON.stringify({
    iss: 'https://api.asgardeo.io/t/acme',
    jti: '61503199-bdf7-4f44-8f50-60c78bf419ad',
    iat: Date.now(),
    rci: '48eaeb32-76c0-4af8-b04e-9ce0c00cb61f',
    events: {
      'https://schemas.identity.wso2.org/events/session/event-type/sessionRevoked': {
        initiatorType: 'ADMIN',
        user: {
          id: '1801d35e-1339-4c16-9c53-61321cf37fb9',
          claims: [{ uri: 'http://wso2.org/claims/username', value: 'peter' }],
        },
        organization: { id: '10084a8d-113f-4211-a0d5-efe36b082211', name: 'acme' },
        sessions: [{ id: '68d1f2861461c69d' }],
      },
    },
  })
