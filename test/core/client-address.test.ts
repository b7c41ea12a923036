import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { parseAllowList } from '../../src/core/address.ts'
import { clientAddress, clientKey } from '../../src/core/client-address.ts'

const PROXIES = parseAllowList(['10.0.0.0/8', '2001:db8:1::/48']).allow
const NONE = parseAllowList([]).allow

const client = (peer: string, forwarded?: string, trusted = PROXIES) =>
  clientAddress(peer, forwarded, trusted)

describe('the client is', () => {
  test.each([
    ['the peer, where nobody is trusted', '10.0.0.1', '203.0.113.9', NONE, '10.0.0.1'],
    ['the peer, where it is no trusted proxy', '203.0.113.9', '198.51.100.1', PROXIES, '203.0.113.9'],
    ['whom a trusted proxy names', '10.0.0.1', '203.0.113.9', PROXIES, '203.0.113.9'],
    [
      'the last that was added, whatever stood there',
      '10.0.0.1',
      '1.1.1.1, 203.0.113.9',
      PROXIES,
      '203.0.113.9',
    ],
    ['behind several proxies', '10.0.0.1', '1.1.1.1,203.0.113.9 , 10.9.9.9', PROXIES, '203.0.113.9'],
    ['the farthest, where all are trusted', '10.0.0.1', '10.0.0.3, 10.0.0.2', PROXIES, '10.0.0.3'],
    ['the proxy itself, where it names nobody', '10.0.0.1', undefined, PROXIES, '10.0.0.1'],
    ['the proxy itself, where the header is empty', '10.0.0.1', ' ', PROXIES, '10.0.0.1'],
    ['named with a port', '10.0.0.1', '203.0.113.9:4711', PROXIES, '203.0.113.9'],
    ['named in brackets', '10.0.0.1', '[2001:db8::7]', PROXIES, '2001:db8::7'],
    ['named in brackets with a port', '10.0.0.1', '[2001:db8::7]:4711', PROXIES, '2001:db8::7'],
    [
      'behind a proxy that a socket shows as mapped',
      '::ffff:10.0.0.1',
      '203.0.113.9',
      PROXIES,
      '203.0.113.9',
    ],
    ['a mapped address in its plain form', '10.0.0.1', '::ffff:203.0.113.9', PROXIES, '203.0.113.9'],
    ['behind a proxy with IPv6', '2001:db8:1::5', '2001:DB8:0::7', PROXIES, '2001:db8::7'],
    ['a link-local peer without its zone', 'fe80::1%eth0', undefined, NONE, 'fe80::1'],
  ])('%s', (_what, peer, forwarded, trusted, expected) => {
    expect(client(peer, forwarded, trusted)).toBe(expected)
  })

  test.each([
    'unknown',
    '_hidden',
    '',
    'evil.example',
    '127.1',
    '0x7f.1',
    '999.1.1.1',
    '10.0.0.2, ,',
    '1.1.1.1 2.2.2.2',
  ])('unknown, where a trusted proxy says %j', (said) => {
    expect(client('10.0.0.1', `203.0.113.9,${said}`)).toBeUndefined()
  })

  it('unknown, once the connection is gone', () => {
    expect(clientAddress(undefined, '203.0.113.9', PROXIES)).toBeUndefined()
  })
})

it('whatever a stranger writes before the trusted hops changes nothing', () => {
  const hop = fc.oneof(fc.ipV4(), fc.ipV6(), fc.string())
  fc.assert(
    fc.property(fc.array(hop), fc.array(fc.constantFrom('10.0.0.7', '10.1.1.1')), (forged, proxies) => {
      const forwarded = [...forged, '203.0.113.9', ...proxies].join(', ')
      expect(client('10.0.0.1', forwarded)).toBe('203.0.113.9')
      expect(client('203.0.113.9', forwarded)).toBe('203.0.113.9')
    }),
  )
})

it('limits take an IPv6 network for one client', () => {
  expect(clientKey('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2::/64')
  expect(clientKey('2001:db8:1:2:ffff::1')).toBe('2001:db8:1:2::/64')
  expect(clientKey('2001:db8:1:3::1')).not.toBe('2001:db8:1:2::/64')
  expect(clientKey('203.0.113.9')).toBe('203.0.113.9')
  expect(clientKey(undefined)).toBe('unknown')
})
