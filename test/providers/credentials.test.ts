import { describe, expect, it } from 'vitest'
import type { SourceAuth } from '../../src/core/source.ts'
import { adapter, fixture, request, vectors } from './fixture.ts'

const { authenticate } = adapter('casdoor')
const accepts = (auth: SourceAuth, headers: Record<string, string>) =>
  authenticate(request('{}', headers), auth)
const basic = (pair: string) => ({ authorization: `Basic ${Buffer.from(pair).toString('base64')}` })

it.each(vectors('casdoor'))('%s is accepted as its provider sends it', (file, { headers, secret }) => {
  const { body } = fixture('casdoor', file)
  expect(authenticate(request(body, headers), { method: 'bearer', secret })).toBe(true)
  expect(authenticate(request(body, headers), { method: 'bearer', secret: 'another' })).toBe(false)
})

describe('bearer', () => {
  const auth: SourceAuth = { method: 'bearer', secret: 'süß' }

  it('accepts the secret, its scheme in any case', () => {
    const sent = Buffer.from('süß').toString('latin1')
    expect(accepts(auth, { authorization: `Bearer ${sent}` })).toBe(true)
    expect(accepts(auth, { authorization: `bEARER  ${sent}` })).toBe(true)
  })

  it.each<[string, Record<string, string>]>([
    ['nothing', {}],
    ['no secret', { authorization: 'Bearer' }],
    ['another', { authorization: 'Bearer other' }],
    ['another scheme', { authorization: `Basic ${Buffer.from('süß').toString('latin1')}` }],
    ['a prefix', { authorization: `Bearer s` }],
  ])('refuses %s', (_, headers) => {
    expect(accepts(auth, headers)).toBe(false)
  })
})

describe('basic', () => {
  const auth: SourceAuth = { method: 'basic', username: 'hub', secret: 'a:b' }

  it('accepts name and secret', () => {
    expect(accepts(auth, basic('hub:a:b'))).toBe(true)
  })

  it.each(['hub:a', 'hub2:a:b', ':a:b', 'hub', ''])('refuses «%s»', (pair) => {
    expect(accepts(auth, basic(pair))).toBe(false)
  })
})

describe('a named header', () => {
  const auth: SourceAuth = { method: 'header', name: 'X-Hub-Key', secret: 's' }

  it('is compared whole, under its name alone', () => {
    expect(accepts(auth, { 'x-hub-key': 's' })).toBe(true)
    expect(accepts(auth, { 'x-hub-key': 's ' })).toBe(false)
    expect(accepts(auth, { 'x-other-key': 's' })).toBe(false)
  })
})

describe('a network', () => {
  const auth: SourceAuth = { method: 'network', allow_from: ['10.1.0.0/16', '2001:db8::7'] }
  const from = (peer: string) => authenticate({ ...request('{}'), peer }, auth)

  it('is its ranges and addresses, the mapped form of an address too', () => {
    for (const peer of ['10.1.2.3', '::ffff:10.1.2.3', '2001:db8::7']) expect(from(peer)).toBe(true)
  })

  it.each(['10.2.0.1', '2001:db8::8', '127.0.0.1', '10.1', '0x0a010203', 'localhost', ''])(
    'is not %s',
    (peer) => {
      expect(from(peer)).toBe(false)
    },
  )

  it('is not where nobody knows, and nowhere when it names nothing', () => {
    expect(authenticate(request('{}'), auth)).toBe(false)
    const nowhere: SourceAuth = { method: 'network', allow_from: [] }
    expect(authenticate({ ...request('{}'), peer: '10.1.2.3' }, nowhere)).toBe(false)
  })

  it('is not the whole internet', () => {
    const anywhere: SourceAuth = { method: 'network', allow_from: ['0.0.0.0/0', '::/0', 'localhost'] }
    expect(authenticate({ ...request('{}'), peer: '203.0.113.24' }, anywhere)).toBe(false)
  })
})

it('never accepts an empty secret', () => {
  expect(accepts({ method: 'header', name: 'x-key', secret: '' }, { 'x-key': '' })).toBe(false)
  expect(accepts({ method: 'bearer', secret: '' }, { authorization: 'Bearer ' })).toBe(false)
  const hmac: SourceAuth = { method: 'hmac', secret: '' }
  expect(adapter('logto').authenticate(request('{}'), hmac)).toBe(false)
})

it('refuses a method that the provider does not have', () => {
  expect(accepts({ method: 'hmac', secret: 's' }, { authorization: 'Bearer s' })).toBe(false)
})
