import { describe, expect, it } from 'vitest'
import type { SubjectKind } from '../../src/core/event.ts'
import type { Reading } from '../../src/core/reading.ts'
import { DISCLOSED_BY_DEFAULT, type Disclosable } from '../../src/core/source.ts'
import { subjectOf } from '../../src/core/subject.ts'

const issuer = 'https://door.acme.example'

function subject(
  kind: SubjectKind,
  told: Omit<Reading, 'facts'>,
  disclose: readonly Disclosable[] = DISCLOSED_BY_DEFAULT,
) {
  const source = { id: 'acme-door', tenant: 'acme', provider: 'casdoor', issuer, disclose }
  return subjectOf(kind, { facts: {}, ...told }, source, (text) => `#${text}#`)
}

describe('the subject of a user event', () => {
  const alice = { id: '42', username: 'alice', email: 'alice@acme.example' }

  it('is the stable id at the issuer, whatever is disclosed', () => {
    expect(subject('user', { user: alice }, [])).toEqual({ format: 'iss_sub', iss: issuer, sub: '42' })
  })

  it('is the user name within its organization when there is no stable id', () => {
    const told = { user: { username: 'alice' }, organization: { name: 'acme' } }
    expect(subject('user', told)).toEqual({ format: 'opaque', id: 'acme/alice' })
    expect(subject('user', told, ['email'])).toEqual({ format: 'opaque', id: '#acme/alice#' })
  })

  it('is the address or number when nothing else is known', () => {
    expect(subject('user', { user: { email: 'a@b.example' } })).toEqual({
      format: 'email',
      email: 'a@b.example',
    })
    expect(subject('user', { user: { email: 'a@b.example' } }, [])).toEqual({
      format: 'opaque',
      id: '#a@b.example#',
    })
    expect(subject('user', { user: { phone: '+4930123' } })).toEqual({ format: 'opaque', id: '#+4930123#' })
  })

  it('does not take a session for the user', () => {
    expect(subject('user', { user: alice, session: { id: 's' } })).toMatchObject({ format: 'iss_sub' })
  })
})

describe('the subject of a session event', () => {
  it('is user and session when both are known', () => {
    expect(subject('user and session', { user: { id: '42' }, session: { id: 's1' } })).toEqual({
      format: 'complex',
      user: { format: 'iss_sub', iss: issuer, sub: '42' },
      session: { format: 'opaque', id: 's1' },
    })
  })

  it('is the one that is known', () => {
    expect(subject('user and session', { session: { id: 's1' } })).toEqual({ format: 'opaque', id: 's1' })
    expect(subject('user and session', { user: { id: '42' } })).toMatchObject({ sub: '42' })
  })
})

describe('the subject of a failed login', () => {
  it('is what was typed, also when a user is known', () => {
    expect(subject('typed or user', { typed: 'alice', user: { id: '42' } })).toEqual({
      format: 'opaque',
      id: 'alice',
    })
    expect(subject('typed or user', { user: { id: '42' } })).toMatchObject({ sub: '42' })
  })

  it('is an email address when one was typed', () => {
    expect(subject('typed or user', { typed: 'a@b.example' })).toEqual({
      format: 'email',
      email: 'a@b.example',
    })
  })

  it('is no email address when more was typed', () => {
    expect(subject('typed or user', { typed: 'a@b.example ' })).toEqual({
      format: 'opaque',
      id: 'a@b.example ',
    })
  })

  it.each<[string, string, Disclosable[]]>([
    ['a name', 'alice', ['email', 'phone']],
    ['an address', 'a@b.example', ['username', 'phone']],
    ['an address with a slip of the finger', 'a@b.example ', ['username', 'phone']],
    ['an address within more', 'mailto:a@b@c.example', ['username', 'phone']],
    ['a number', '+49 30 123456', ['username', 'email']],
    ['a number as some write it', '+49.30/123456 ', ['username', 'email']],
  ])('is a fingerprint of %s that may not be disclosed', (_, typed, disclose) => {
    expect(subject('typed or user', { typed }, disclose)).toEqual({ format: 'opaque', id: `#${typed}#` })
  })
})

describe('without the subject that the catalogue names', () => {
  const thing = { resource: { id: 'r1' }, client: { name: 'app' }, organization: { id: 'o1' } }

  it.each<[string, SubjectKind, Omit<Reading, 'facts'>, string]>([
    ['a resource is itself', 'resource', thing, 'r1'],
    ['a resource without id is its name', 'resource', { resource: { name: 'admins' } }, 'admins'],
    ['it is the client', 'user', thing, 'app'],
    ['or the organization', 'resource', { organization: { id: 'o1', name: 'acme' } }, 'o1'],
    ['or the source', 'user', {}, 'acme-door'],
    ['which may be meant from the start', 'source', thing, 'acme-door'],
  ])('%s', (_, kind, told, id) => {
    expect(subject(kind, told)).toEqual({ format: 'opaque', id })
  })
})
