/** The same question gets the same claims from every provider that answers it. */
import { describe, expect, it } from 'vitest'
import { changed, drafts, told } from './fixture.ts'

const ask = (provider: string, file: string, changes: Record<string, unknown> = {}) =>
  drafts(provider, changed(provider, file, changes)).map(told)

const userObject = JSON.stringify({ owner: 'acme', name: 'alice', id: '42', email: 'alice@acme.example' })
const extendedUser = { name: 'alice', id: '42', email: 'alice@acme.example' }
const management = 'User.Created-management-api.json'
const byId = { params: { userId: 'xz7nbya58wb7' }, matchedRoute: '/users/:userId' }

/** Every question, and how each provider is made to answer it. */
const QUESTIONS: [event: string, casdoor: ReturnType<typeof ask>, logto: ReturnType<typeof ask>][] = [
  [
    'login/succeeded',
    ask('casdoor', 'login-success.json', { extendedUser }),
    ask('logto', 'PostSignIn.json'),
  ],
  [
    'session/established',
    ask('casdoor', 'login-success.json', { extendedUser }),
    ask('logto', 'PostSignIn.json'),
  ],
  [
    'credential/changed',
    ask('casdoor', 'set-password.json', { extendedUser }),
    ask('logto', 'PostResetPassword.json'),
  ],
  ['user/created', ask('casdoor', 'add-user.json'), ask('logto', management)],
  [
    'user/updated',
    ask('casdoor', 'add-user.json', { action: 'update-user', object: userObject }),
    ask('logto', management, { ...byId, event: 'User.Data.Updated' }),
  ],
  [
    'user/deleted',
    ask('casdoor', 'add-user.json', { action: 'delete-user', object: userObject }),
    ask('logto', management, { ...byId, event: 'User.Deleted' }),
  ],
]

/** `{a: {b: 1}}` → `a.b: number` */
function shape(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return [`${path}: ${Array.isArray(value) ? 'array' : typeof value}`]
  }
  return Object.entries(value).flatMap(([key, member]) => shape(member, path === '' ? key : `${path}.${key}`))
}

describe.each(QUESTIONS)('%s', (event, casdoor, logto) => {
  const answers = [casdoor, logto].map((drafted) => drafted.find((draft) => draft.event === event))

  it('has the same kind of subject from both', () => {
    for (const answer of answers) expect(answer?.subId).toMatchObject({ format: 'iss_sub' })
  })

  it('has the same claims from both, but for what one of them does not tell', () => {
    const [one = [], other = []] = answers.map((answer) => shape(answer?.claims))
    // Casdoor tells the organization, the way of signing in and who acted; Logto the client's id and the browser.
    const untold = /^(organization|authentication|actor|client|request\.user_agent|initiating_entity)/
    expect(one.filter((claim) => !untold.test(claim)).sort()).toEqual(
      other.filter((claim) => !untold.test(claim)).sort(),
    )
    expect(one).toContain('event_timestamp: number')
    expect(one).toContain('user.id: string')
    expect(one).toContain('request.ip: string')
  })

  it('has no claim of one name and two types', () => {
    const types = new Map<string, string>()
    for (const claim of answers.flatMap((answer) => shape(answer?.claims))) {
      const [path = '', type = ''] = claim.split(': ')
      expect(types.get(path) ?? type).toBe(type)
      types.set(path, type)
    }
  })
})
