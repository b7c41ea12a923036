/** The same question gets the same claims from every provider that answers it. */
import { describe, expect, it } from 'vitest'
import { changed, drafts, request, told } from './fixture.ts'

type Answer = ReturnType<typeof told>

const ask = (provider: string, file: string, changes: Record<string, unknown> = {}) =>
  drafts(provider, changed(provider, file, changes)).map(told)

const userObject = JSON.stringify({ owner: 'acme', name: 'alice', id: '42', email: 'alice@acme.example' })
const extendedUser = { name: 'alice', id: '42', email: 'alice@acme.example' }
const casdoor = (changes: Record<string, unknown> = {}) =>
  ask('casdoor', 'add-user.json', { object: userObject, ...changes })

const ferriskey = (event: string) => ask('ferriskey', 'user.created-self-registration.json', { event })

const management = 'User.Created-management-api.json'
const byId = { params: { userId: 'xz7nbya58wb7' }, matchedRoute: '/users/:userId' }

const alice = {
  id: '42',
  claims: [{ uri: 'http://wso2.org/claims/emailaddress', value: 'alice@acme.example' }],
}
const asgardeo = (name: string, event: object = {}) => {
  const uri = `https://schemas.identity.wso2.org/events/user/event-type/${name}`
  const told_ = { initiatorType: 'ADMIN', initiatorIpAddress: '203.0.113.24', user: alice, ...event }
  return drafts('asgardeo', request(JSON.stringify({ iat: 1, jti: 'j', events: { [uri]: told_ } }))).map(told)
}

/** Every question, and how each provider is made to answer it; who does not stand there cannot tell. */
const QUESTIONS: [event: string, subject: string, answers: Record<string, Answer[]>][] = [
  [
    'login/succeeded',
    'iss_sub',
    {
      casdoor: ask('casdoor', 'login-success.json', { extendedUser }),
      logto: ask('logto', 'PostSignIn.json'),
      asgardeo: ask('asgardeo', 'login.loginSuccess.json'),
    },
  ],
  [
    'login/failed',
    'email',
    {
      casdoor: ask('casdoor', 'login-failure-wrong-password.json', {
        object: '{"username":"alice@acme.example","application":"app-acme"}',
      }),
      asgardeo: ask('asgardeo', 'login.loginFailed.json'),
    },
  ],
  [
    'session/revoked',
    'complex',
    {
      casdoor: casdoor({
        action: 'delete-session',
        object: '{"owner":"acme","name":"alice","application":"app-acme","sessionId":["s1"]}',
      }),
      asgardeo: ask('asgardeo', 'session.sessionRevoked.json'),
    },
  ],
  [
    'credential/changed',
    'iss_sub',
    {
      casdoor: ask('casdoor', 'set-password.json', { extendedUser }),
      ferriskey: ask('ferriskey', 'auth.reset_password.json'),
      logto: ask('logto', 'PostResetPassword.json'),
      asgardeo: ask('asgardeo', 'credential.credentialUpdated.json'),
    },
  ],
  [
    'user/created',
    'iss_sub',
    {
      casdoor: casdoor(),
      ferriskey: ferriskey('user.created'),
      logto: ask('logto', management),
      asgardeo: asgardeo('userCreated'),
    },
  ],
  [
    'user/updated',
    'iss_sub',
    {
      casdoor: casdoor({ action: 'update-user', requestUri: '/api/update-user?columns=email' }),
      ferriskey: ferriskey('user.updated'),
      logto: ask('logto', management, { ...byId, event: 'User.Data.Updated' }),
      asgardeo: ask('asgardeo', 'user.userProfileUpdated.json'),
    },
  ],
  [
    'user/deleted',
    'iss_sub',
    {
      casdoor: casdoor({ action: 'delete-user' }),
      ferriskey: ferriskey('user.deleted'),
      logto: ask('logto', management, { ...byId, event: 'User.Deleted' }),
      asgardeo: asgardeo('userDeleted'),
    },
  ],
]

/** What one provider tells and another does not, or not always. */
const UNTOLD =
  /^(actor|authentication|changed|client|initiating_entity|organization|request|user\.(username|email))/

/** `{a: {b: 1}}` → `a.b: number` */
function shape(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return [`${path}: ${Array.isArray(value) ? 'array' : typeof value}`]
  }
  return Object.entries(value).flatMap(([key, member]) => shape(member, path === '' ? key : `${path}.${key}`))
}

/** Claims that a question’s answers are about, so that all who answer must have them. */
const ABOUT: Record<string, string[]> = {
  'login/succeeded': ['user.id: string'],
  'login/failed': ['failure.reason: string'],
  'session/revoked': ['session.id: string', 'reason_admin.en: string'],
  'credential/changed': [
    ...['user.id: string', 'reason_admin.en: string'],
    ...['credential_type: string', 'change_type: string'],
  ],
  'user/created': ['user.id: string'],
  'user/updated': ['user.id: string'],
  'user/deleted': ['user.id: string'],
}
const ALWAYS = [
  'event_timestamp: number',
  'source.id: string',
  'source.provider: string',
  'source.event: string',
]

describe.each(QUESTIONS)('%s', (event, subject, answers) => {
  const found = Object.entries(answers).map(
    ([provider, told]) => [provider, told.find((draft) => draft.event === event)] as const,
  )

  it.each(found)('is answered by %s, about the same kind of subject', (_, answer) => {
    expect(answer?.subId.format).toBe(subject)
  })

  it.each(found)('has the same claims from %s, but for what not everybody tells', (_, answer) => {
    // Casdoor has no stable id for the user of a stored session.
    const untold = event === 'session/revoked' ? /^user\./ : UNTOLD
    const claims = shape(answer?.claims).filter((claim) => !untold.test(claim) && !UNTOLD.test(claim))
    expect(claims.sort()).toEqual([...ALWAYS, ...(ABOUT[event] ?? [])].sort())
  })
})

it('no claim has one name and two types, whoever tells it', () => {
  const types = new Map<string, string>()
  const drafted = QUESTIONS.flatMap(([, , answers]) => Object.values(answers).flat())
  for (const claim of drafted.flatMap(({ claims }) => shape(claims))) {
    const [path = '', type = ''] = claim.split(': ')
    expect([path, types.get(path) ?? type]).toEqual([path, type])
    types.set(path, type)
  }
  expect(types.size).toBeGreaterThan(15)
})
