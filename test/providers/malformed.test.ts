import { describe, expect, it } from 'vitest'
import { Refusal } from '../../src/core/errors.ts'
import { adapter, request } from './fixture.ts'

/** What a refusal says; its text is shown to the sender and stands in logs. */
function refusal(provider: string, body: string | Buffer): Refusal {
  try {
    const fault = adapter(provider).read(request(body))[0]?.fault
    if (fault !== undefined) return fault
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
  throw new Error('not refused')
}

const invalidUtf8 = Buffer.concat([
  Buffer.from('{"event":"LEAK'),
  Buffer.from([0xc3, 0x28]),
  Buffer.from('"}'),
])

describe.each(['casdoor', 'ferriskey', 'logto', 'asgardeo'])('%s', (provider) => {
  it.each<[string, string | Buffer]>([
    ['nothing', ''],
    ['no JSON', '{"event":"LEAK"'],
    ['a text', '"LEAK"'],
    ['an array', '["LEAK"]'],
    ['null', 'null'],
    ['no event name', '{"LEAK":1}'],
    ['an empty event name', '{"event":"","LEAK":1}'],
    ['an event name that is no text', '{"event":["LEAK"]}'],
    ['invalid UTF-8', invalidUtf8],
    ['an array 100,000 deep', '['.repeat(100_000)],
    ['an object 100,000 deep', '{"LEAK":'.repeat(100_000) + '1' + '}'.repeat(100_000)],
    ['a member twice', '{"event":"x","action":"x","LEAK":1,"LEAK":2}'],
    ['__proto__', '{"event":"x","action":"x","LEAK":{"__proto__":{}}}'],
  ])('refuses %s without repeating it', (_, body) => {
    const error = refusal(provider, body)
    expect(error.code).toBe('malformed')
    expect(error.message).not.toContain('LEAK')
    expect(error.cause).toBeUndefined()
  })
})

// An Asgardeo event is named by the member itself: see its own tests.
it.each(['casdoor', 'logto', 'ferriskey'])(
  'of %s, an event named after a part of every object is taken for what it is: unknown',
  (provider) => {
    const body = '{"event":"__proto__","constructor":{"user":"x"}}'
    expect(adapter(provider).read(request(body))).toHaveLength(1)
  },
)

describe('a field of a wrong type', () => {
  it.each([
    ['casdoor', '{"action":"login","user":{"LEAK":1}}', 'user'],
    ['casdoor', '{"action":"login","object":{"LEAK":1}}', 'object'],
    ['casdoor', '{"event":"login","timestamp":"LEAK"}', 'timestamp'],
    ['casdoor', '{"event":"login","timestamp":1787388816123}', 'timestamp'],
    ['casdoor', `{"action":"${'LEAK'.repeat(100)}"}`, 'action'],
    ['logto', '{"event":"PostSignIn","user":"LEAK"}', 'user'],
    ['logto', '{"event":"Organization.Membership.Updated","addedUserIds":[{"LEAK":1}]}', 'addedUserIds'],
    ['ferriskey', '{"event":"user.created","data":{"email":{"LEAK":1}}}', 'email'],
    ['ferriskey', '{"event":"user.created","data":"LEAK"}', 'data'],
    ['asgardeo', '{"iat":"LEAK","events":{"urn:x":{}}}', 'iat'],
    ['asgardeo', '{"iat":1e300,"events":{"urn:x":{}}}', 'iat'],
    ['asgardeo', '{"events":{"urn:x":{"sessions":"LEAK"}}}', 'sessions'],
    ['asgardeo', '{"events":["LEAK"]}', 'events'],
    ['asgardeo', `{"events":{"${'LEAK'.repeat(100)}":{}}}`, 'events'],
    ['logto', '{"event":"PostSignIn","userId":7}', 'userId'],
    ['logto', '{"event":"User.SuspensionStatus.Updated","data":{"isSuspended":"LEAK"}}', 'isSuspended'],
  ])('of %s is refused by name: %s', (provider, body, field) => {
    const { message } = refusal(provider, body)
    expect(message).toContain(field)
    expect(message).not.toContain('LEAK')
  })

  it('is no matter inside a record’s object, which is somebody else’s', () => {
    const object = JSON.stringify({ username: ['x'], application: 7, organization: null })
    expect(adapter('casdoor').read(request(JSON.stringify({ action: 'login', object })))).toHaveLength(1)
  })
})

it.each([
  ['casdoor', '{"action":"login","statusCode":{"toString":1,"valueOf":1}}'],
  [
    'asgardeo',
    '{"iat":1,"jti":"j","events":{"https://schemas.identity.wso2.org/events/login/event-type/loginFailed":{"reason":{"context":{"failedStep":{"step":{"toString":1,"valueOf":1}}}}}}}',
  ],
])('an object where %s has a number is none, whatever its members are', (provider, body) => {
  expect(adapter(provider).read(request(body))).toHaveLength(1)
})

it('a time that cannot be read was not told', () => {
  const [native] = adapter('logto').read(request('{"event":"PostSignIn","createdAt":"yesterday"}'))
  expect(native).not.toHaveProperty('occurredAt')
})
