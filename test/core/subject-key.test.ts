import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { subjectKey, subjectKeyOf } from '../../src/core/subject-key.ts'

const fingerprint = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32)
const key = (subId: unknown, tenant = 'acme') => subjectKey(subId, tenant, fingerprint)

const alice = { format: 'iss_sub', iss: 'https://idp.example', sub: 'alice' }

describe('the key of a subject', () => {
  it('is the same however its members are ordered, and in whatever session', () => {
    expect(key({ sub: 'alice', iss: 'https://idp.example', format: 'iss_sub' })).toBe(key(alice))
    expect(key({ format: 'complex', user: alice, session: { format: 'opaque', id: 's1' } })).toBe(key(alice))
  })

  it('is another for another subject, format, issuer or tenant', () => {
    const keys = [
      key(alice),
      key({ ...alice, sub: 'Alice' }),
      key({ ...alice, iss: 'https://other.example' }),
      key(alice, 'globex'),
      key({ format: 'opaque', id: 'alice' }),
      key({ format: 'email', email: 'alice' }),
      key({ format: 'aliases', identifiers: [alice] }),
    ]
    expect(new Set(keys).size).toBe(keys.length)
    expect(keys.join()).not.toContain('alice')
  })

  it('is that of iss and sub where an older publisher names its subject so', () => {
    const { format: _, ...claims } = alice
    expect(subjectKeyOf(claims, 'acme', fingerprint)).toBe(key(alice))
    expect(subjectKeyOf({ ...claims, sub_id: { format: 'opaque', id: 'x' } }, 'acme', fingerprint)).toBe(
      key({ format: 'opaque', id: 'x' }),
    )
  })

  it('is none where nobody is named', () => {
    for (const nobody of [undefined, null, 'alice', ['alice']]) expect(key(nobody)).toBeUndefined()
    expect(subjectKeyOf({ iss: 'https://idp.example' }, 'acme', fingerprint)).toBeUndefined()
  })

  it('can be told of whatever somebody nests', () => {
    const nested: unknown = JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`)
    expect(key({ format: 'aliases', identifiers: nested })).toMatch(/^[0-9a-f]{32}$/)
    expect(key({ format: 'complex', user: { format: 'complex', user: alice } })).toMatch(/^[0-9a-f]{32}$/)
  })
})
