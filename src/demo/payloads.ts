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
