/** What a source does not disclose, and what the catalogue does not name, goes nowhere. */
import { describe, expect, it } from 'vitest'
import { adapter, drafts, fixture, request, vectors } from './fixture.ts'

const PERSONAL = /alice|bob|dave|acme\.example|203\.0\.113|Mozilla|"node"/i

const mapped = ['casdoor', 'logto'].flatMap((provider) =>
  vectors(provider)
    .map(([file]) => [provider, file] as const)
    .filter(([, file]) => !file.startsWith('Organization')),
)

describe('a source that discloses nothing', () => {
  it.each(mapped)('lets nothing personal out of %s %s', (provider, file) => {
    for (const { subId, claims } of drafts(provider, fixture(provider, file), [])) {
      expect(JSON.stringify([subId, claims])).not.toMatch(PERSONAL)
    }
  })

  it('hides a user name behind a fingerprint, not a missing subject', () => {
    const [login] = drafts('casdoor', fixture('casdoor', 'login-success.json'), [])
    expect(login?.subId).toEqual({ format: 'opaque', id: `hidden:${'acme/alice'.length}` })
    const [failed] = drafts('casdoor', fixture('casdoor', 'login-failure-wrong-password.json'), [])
    expect(failed?.subId).toEqual({ format: 'opaque', id: `hidden:${'alice'.length}` })
  })

  it('keeps the stable id, which is nobody’s name', () => {
    const [login] = drafts('logto', fixture('logto', 'PostSignIn.json'), [])
    expect(login?.claims.user).toEqual({ id: 'xz7nbya58wb7' })
  })
})

it('a source may disclose more than the default', () => {
  const [login] = drafts('logto', fixture('logto', 'PostSignIn.json'), ['name'])
  expect(login?.claims.user).toEqual({ id: 'xz7nbya58wb7', name: 'Alice' })
})

/** Every text of a payload that is not allowed through, marked. */
function marked(value: unknown, allowed: ReadonlySet<string>, key = ''): unknown {
  if (allowed.has(key)) return value
  if (typeof value === 'string') return `LEAK-${key}`
  if (Array.isArray(value)) return value.map((item) => marked(item, allowed, key))
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).map(([name, member]) => [name, marked(member, allowed, name)])
  return Object.fromEntries([...members, ['password', 'LEAK-added'], ['LEAK-key', 'LEAK']])
}

describe('a secret', () => {
  const casdoor = [
    'owner',
    'name',
    'createdTime',
    'organization',
    'clientIp',
    'user',
    'action',
    'response',
    'id',
    'email',
    'username',
    'application',
  ]
  const logto = [
    'event',
    'interactionEvent',
    'createdAt',
    'id',
    'userId',
    'userIp',
    'ip',
    'userAgent',
    'username',
    'primaryEmail',
    'name',
    'matchedRoute',
  ]
  const allowed: Record<string, Set<string>> = { casdoor: new Set(casdoor), logto: new Set(logto) }

  it.each(mapped)('in any other field does not pass: %s %s', (provider, file) => {
    const known = allowed[provider] ?? new Set()
    const { object, ...payload } = JSON.parse(fixture(provider, file).body.toString()) as Record<
      string,
      unknown
    >
    const inner =
      typeof object === 'string' && object.startsWith('{')
        ? JSON.stringify(marked(JSON.parse(object), known))
        : 'LEAK=LEAK'
    const extendedUser = { name: payload.user, password: 'LEAK-extended' }
    const body = {
      ...(marked(payload, known) as object),
      ...(object !== undefined && { object: inner, extendedUser }),
    }
    const native = request(JSON.stringify(body))
    const found = drafts(provider, native, ['username', 'email', 'ip', 'user_agent'])
    expect(found.length).toBeGreaterThan(0)
    expect(JSON.stringify(found)).not.toContain('LEAK')
    expect(JSON.stringify(adapter(provider).read(native))).not.toMatch(/LEAK-(password|added|extended)/)
  })

  it('in a form or in multipart does not pass', () => {
    const [native] = adapter('casdoor').read(fixture('casdoor', 'set-password.json'))
    expect(JSON.stringify(native)).not.toContain('REDACTED')
  })

  it('in an error message decides the reason and stays behind', () => {
    const response = '{status:"error", msg:"password or code is incorrect LEAK"}'
    const body = JSON.stringify({ action: 'login', object: '{"username":"alice"}', response })
    const found = drafts('casdoor', request(body))
    expect(found[0]?.claims.failure).toEqual({ reason: 'wrong-credentials' })
    expect(JSON.stringify(found)).not.toContain('LEAK')
  })
})
