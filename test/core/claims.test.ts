import { describe, expect, it } from 'vitest'
import { claimsOf } from '../../src/core/claims.ts'
import type { CatalogueEvent } from '../../src/core/event.ts'
import type { Reading } from '../../src/core/reading.ts'
import type { Disclosable } from '../../src/core/source.ts'

const everything: Reading = {
  facts: { outcome: 'ok' },
  user: { id: '42', username: 'alice', email: 'a@b.example', phone: '+49', name: 'Alice' },
  actor: { type: 'user', id: '1', username: 'root' },
  client: { id: 'c', name: 'App' },
  organization: { id: 'o', name: 'acme' },
  session: { id: 's' },
  request: { ip: '203.0.113.24', user_agent: 'curl' },
  authentication: { methods: ['pwd'] },
  changed: ['email'],
  resource: { id: 'r', name: 'admins' },
  members: { added: ['42'] },
}
const source = { id: 'door', provider: 'casdoor', event: 'login' }

interface Case {
  claims: string[]
  fixed?: Record<string, unknown>
  reading?: Reading
  disclose?: Disclosable[]
}

function claims({ claims: known, fixed = {}, reading = everything, disclose = [] }: Case) {
  const event: CatalogueEvent = {
    category: 'c',
    name: 'n',
    uri: 'urn:x',
    meaning: 'm',
    subject: 'user',
    claims: known,
  }
  return claimsOf(
    { event, claims: fixed },
    {
      native: { name: 'login', key: 'k', occurredAt: 7, readings: [reading] },
      reading,
      source: { id: 'door', tenant: 'acme', provider: 'casdoor', issuer: 'https://i.example', disclose },
      reason: 'It happened.',
    },
  )
}

describe('claims', () => {
  it('are those that the event knows, in its order', () => {
    expect(claims({ claims: ['source'] })).toEqual({ source })
    const known = ['session', 'client', 'organization', 'members', 'changed', 'authentication']
    expect(Object.keys(claims({ claims: known }))).toEqual(known)
  })

  it('take the time, the fixed sentence and the fixed claims', () => {
    const known = ['event_timestamp', 'reason_admin', 'initiating_entity', 'change_type']
    expect(claims({ claims: known, fixed: { initiating_entity: 'admin', change_type: 'update' } })).toEqual({
      event_timestamp: 7,
      reason_admin: { en: 'It happened.' },
      initiating_entity: 'admin',
      change_type: 'update',
    })
  })

  it('say who set it off when the payload does, unless the mapping knows better', () => {
    const reading: Reading = { facts: {}, initiator: 'user' }
    const known = ['initiating_entity']
    expect(claims({ claims: known, reading })).toEqual({ initiating_entity: 'user' })
    const fixed = { initiating_entity: 'policy' }
    expect(claims({ claims: known, reading, fixed })).toEqual(fixed)
  })

  it('join the fixed type of a resource and what the payload tells of it', () => {
    const fixed = { resource: { type: 'group' } }
    expect(claims({ claims: ['resource'], fixed })).toEqual({
      resource: { type: 'group', id: 'r', name: 'admins' },
    })
    expect(claims({ claims: ['resource'], fixed, reading: { facts: {} } })).toEqual({
      resource: { type: 'group' },
    })
  })

  it('leave out what nobody told, without leaving an empty object', () => {
    const known = ['source', 'user', 'actor', 'request', 'resource', 'session']
    expect(claims({ claims: known, reading: { facts: {}, user: { username: 'alice' } } })).toEqual({ source })
  })
})

describe('disclosure', () => {
  const known = ['user', 'actor', 'request']

  it('passes nothing personal when the source discloses nothing', () => {
    expect(claims({ claims: known })).toEqual({ user: { id: '42' }, actor: { type: 'user', id: '1' } })
  })

  it.each<[Disclosable, object]>([
    [
      'username',
      { user: { id: '42', username: 'alice' }, actor: { type: 'user', id: '1', username: 'root' } },
    ],
    ['email', { user: { id: '42', email: 'a@b.example' } }],
    ['phone', { user: { id: '42', phone: '+49' } }],
    ['name', { user: { id: '42', name: 'Alice' } }],
    ['ip', { request: { ip: '203.0.113.24' } }],
    ['user_agent', { request: { user_agent: 'curl' } }],
  ])('passes %s alone', (field, expected) => {
    const nothing = { user: { id: '42' }, actor: { type: 'user', id: '1' } }
    expect(claims({ claims: known, disclose: [field] })).toEqual({ ...nothing, ...expected })
  })
})
