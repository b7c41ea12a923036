/** Every native event of the four providers has a place, becomes what its schema allows, and leaks nothing. */
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { adapter, catalogue, drafts, fixture, request, vectors } from './fixture.ts'
import { EVERY_EVENT, NATIVE_NAMES, plausible, plausiblePayload, type Payload } from './plausible.ts'

describe.each([
  ['casdoor', 152],
  ['ferriskey', 35],
  ['logto', 31],
  ['asgardeo', 27],
])('%s', (provider, count) => {
  const mapped = [...(catalogue.mapping(provider)?.events.keys() ?? [])]

  it(`has ${count} native events, each with a place`, () => {
    expect(NATIVE_NAMES[provider]).toHaveLength(count)
    expect(mapped.toSorted()).toEqual(NATIVE_NAMES[provider]?.toSorted())
  })

  it('becomes events that exist', () => {
    for (const { rules } of catalogue.mapping(provider)?.events.values() ?? []) {
      for (const { event } of rules.flatMap(({ emit }) => emit)) {
        expect(catalogue.find(event.category, event.name)).toBe(event)
      }
    }
  })
})

it.each(
  ['casdoor', 'ferriskey', 'logto'].flatMap((provider) =>
    vectors(provider).map(([file, { sha256 }]) => [provider, file, sha256]),
  ),
)('the sample %s %s is as it was sent, byte for byte', (provider, file, sha256) => {
  expect(createHash('sha256').update(fixture(provider, file).body).digest('hex')).toBe(sha256)
})

describe('a plausible payload', () => {
  it.each(EVERY_EVENT)('of %s %s yields valid claims', (provider, native) => {
    const found = drafts(provider, plausible(provider, native))
    expect(found.length).toBeGreaterThan(0)
    for (const { claims } of found) expect(claims.source).toMatchObject({ provider, event: native })
  })

  it.each(EVERY_EVENT)(
    'of %s %s lets nothing personal pass when nothing is disclosed',
    (provider, native) => {
      const found = drafts(provider, plausible(provider, native), [])
      const told = JSON.stringify(found.map(({ subId, claims }) => [subId, claims]))
      expect(told).not.toMatch(/alice|acme\.example|491511|203\.0\.113|Mozilla/i)
    },
  )

  it.each(EVERY_EVENT)('of %s %s may lack everything but its name', (provider, native) => {
    const bare: Record<string, Payload> = {
      casdoor: { action: native, response: '{status:"ok", msg:""}' },
      asgardeo: { events: { [native]: {} } },
    }
    drafts(provider, request(JSON.stringify(bare[provider] ?? { event: native })))
  })
})

/** What is read; all that is read and personal is under the source's `disclose`. */
const READ: Record<string, string[]> = {
  casdoor: [
    ...[
      'owner',
      'name',
      'createdTime',
      'organization',
      'clientIp',
      'user',
      'action',
      'response',
      'requestUri',
    ],
    ...['id', 'email', 'phone', 'displayName', 'application', 'username', 'groupName', 'dest', 'type'],
    ...['checkUser', 'applicationId', 'client_id', 'sessionId', 'mfaType', 'method'],
  ],
  ferriskey: [
    ...[
      'event',
      'timestamp',
      'resource_id',
      'data',
      'id',
      'username',
      'email',
      'firstname',
      'lastname',
      'name',
    ],
    ...['client_id', 'user_id', 'created_at'],
  ],
  logto: [
    ...[
      'event',
      'createdAt',
      'userAgent',
      'ip',
      'interactionEvent',
      'userId',
      'id',
      'username',
      'primaryEmail',
    ],
    ...[
      'primaryPhone',
      'name',
      'type',
      'value',
      'recipient',
      'applicationId',
      'organizationId',
      'addedUserIds',
    ],
    ...['removedUserIds', 'matchedRoute'],
  ],
  asgardeo: [
    ...['jti', 'rci', 'initiatorType', 'initiatorIpAddress', 'id', 'uri', 'name', 'authenticationMethods'],
    ...['description', 'credentialType', 'action', 'claims'],
  ],
}

/** Every text that is not read, marked, and marks where there was nothing. */
function marked(value: unknown, read: readonly string[], key = ''): unknown {
  if (typeof value === 'string') return read.includes(key) ? value : `LEAK-${key}`
  if (Array.isArray(value))
    return value.map((item) => marked(item, key === 'claims' ? [...read, 'value'] : read, key))
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).map(([name, member]) => [name, marked(member, read, name)])
  const secrets = [
    'password',
    'clientSecret',
    'device_code',
    'code',
    'token',
    'headers',
    'customData',
    'LEAK-key',
  ]
  return Object.fromEntries([...members, ...secrets.map((name) => [name, `LEAK-${name}`])])
}

describe('a secret in a field that is not read', () => {
  it.each(EVERY_EVENT)('of %s %s does not pass', (provider, native) => {
    const read = READ[provider] ?? []
    const { object, events, ...payload } = plausiblePayload(provider, native)
    const body = {
      ...(marked(payload, read) as Payload),
      ...(typeof object === 'string' && { object: JSON.stringify(marked(JSON.parse(object), read)) }),
      ...(provider === 'casdoor' && { extendedUser: marked({ name: 'alice', id: '42' }, read) }),
      // The provider's own name of the event is a member's name there, and the hub's one use of it.
      ...(events !== undefined && { events: { [native]: marked((events as Payload)[native], read) } }),
    }
    const all = ['username', 'email', 'phone', 'name', 'ip', 'user_agent'] as const
    const sent = request(JSON.stringify(body))
    const found = drafts(provider, sent, all)
    expect(found.length).toBeGreaterThan(0)
    expect(JSON.stringify([found, adapter(provider).read(sent)])).not.toContain('LEAK')
  })
})
