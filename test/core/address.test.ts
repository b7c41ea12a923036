import { BlockList } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { judgeAddress, parseAllowList } from '../../src/core/address.ts'

const none = parseAllowList([]).allow

function judge(
  address: string,
  entries: string[] = [],
  protocol: 'http:' | 'https:' = 'https:',
  host = address,
) {
  return judgeAddress(host, address, protocol, parseAllowList(entries).allow)
}

describe('addresses that are open to strangers', () => {
  test.each([
    '1.1.1.1',
    '8.8.8.8',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '192.167.255.255',
    '223.255.255.255',
    '2606:4700:4700::1111',
    '2a00:1450:4001:82b::200e',
    '2001:4860:4860::8888',
    '2001:0200::1',
  ])('%s', (address) => {
    expect(judge(address)).toBeUndefined()
  })
})

describe('addresses that are not', () => {
  test.each([
    ['0.0.0.0', 'an unspecified address'],
    ['0.1.2.3', 'an unspecified address'],
    ['10.0.0.1', 'a private address'],
    ['172.16.0.1', 'a private address'],
    ['172.31.255.255', 'a private address'],
    ['192.168.1.1', 'a private address'],
    ['100.64.0.1', 'a carrier-grade NAT address'],
    ['100.100.100.200', 'a carrier-grade NAT address'],
    ['127.0.0.1', 'a loopback address'],
    ['127.255.255.254', 'a loopback address'],
    ['169.254.169.254', 'a cloud metadata address'],
    ['168.63.129.16', 'a cloud metadata address'],
    ['169.254.1.1', 'a link-local address'],
    ['192.0.0.192', 'a reserved address'],
    ['192.0.2.1', 'a documentation address'],
    ['198.51.100.1', 'a documentation address'],
    ['203.0.113.1', 'a documentation address'],
    ['192.88.99.1', 'a relay or sink address'],
    ['198.18.0.1', 'a benchmarking address'],
    ['198.19.255.255', 'a benchmarking address'],
    ['224.0.0.1', 'a multicast address'],
    ['240.0.0.1', 'a reserved address'],
    ['255.255.255.255', 'a reserved address'],
    ['::', 'an unspecified address'],
    ['::1', 'a loopback address'],
    ['::7f00:1', 'an IPv4 address in disguise (compatible)'],
    ['::127.0.0.1', 'an IPv4 address in disguise (compatible)'],
    ['::ffff:127.0.0.1', 'an IPv4 address in disguise (mapped)'],
    ['::ffff:7f00:1', 'an IPv4 address in disguise (mapped)'],
    ['::ffff:8.8.8.8', 'an IPv4 address in disguise (mapped)'],
    ['::ffff:0:127.0.0.1', 'an IPv4 address in disguise (translated)'],
    ['64:ff9b::a9fe:a9fe', 'an IPv4 address in disguise (NAT64)'],
    ['64:ff9b:1::7f00:1', 'an IPv4 address in disguise (NAT64)'],
    ['2002:7f00:1::', 'an IPv4 address in disguise (6to4)'],
    ['2001:0:4136:e378:8000:63bf:3fff:fdd2', 'an IPv4 address in disguise (Teredo)'],
    ['::5efe:7f00:1', 'an IPv4 address in disguise (ISATAP)'],
    ['2606:4700::5efe:7f00:1', 'an IPv4 address in disguise (ISATAP)'],
    ['2606:4700::200:5efe:10.0.0.1', 'an IPv4 address in disguise (ISATAP)'],
    ['100::1', 'a discard-only address'],
    ['2001:2::1', 'an address for protocols, not hosts'],
    ['2001:20::1', 'an address for protocols, not hosts'],
    ['2001:db8::1', 'a documentation address'],
    ['3fff::1', 'a documentation address'],
    ['3fff:fff:ffff::1', 'a documentation address'],
    ['fd00:ec2::254', 'a private address'],
    ['fc00::1', 'a private address'],
    ['fec0::1', 'a private address'],
    ['fe80::1', 'a link-local address'],
    ['febf::1', 'a link-local address'],
    ['ff02::1', 'a multicast address'],
    ['5f00::1', 'a reserved address'],
    ['4000::1', 'a reserved address'],
    ['1::1', 'a reserved address'],
  ])('%s is %s', (address, meaning) => {
    expect(judge(address)).toBe(`${address} is ${meaning}.`)
  })

  test.each([
    '127.1',
    '0',
    '2130706433',
    '0x7f.1',
    '0x7f.0.0.1',
    '0177.0.0.1',
    '127.0.0.1.',
    '008.8.8.8',
    '8.8.8',
    '256.1.1.1',
    'fe80::1%eth0',
    '2606:4700::1%1',
    '[2606:4700::1]',
    ':::1',
    '2606::4700::1',
    '1:2:3:4:5:6:7:8:9',
    '::ffff:0177.0.0.1',
    '::ffff:1.2.3',
    '::1]/@[::2',
    '１.1.1.1',
    ' 8.8.8.8',
    '8.8.8.8\n',
    '',
  ])('%j is no address at all', (text) => {
    expect(judge(text)).toMatch(/not an IP address/)
  })

  test('the sentence names the host and what it led to', () => {
    expect(judge('10.0.0.1', [], 'https:', 'crm.example')).toBe(
      'crm.example leads to 10.0.0.1, which is a private address.',
    )
  })
})

test('IPv4 agrees with an independent oracle, at the edges of each range above all', () => {
  const special = [
    ['0.0.0.0', 8],
    ['10.0.0.0', 8],
    ['100.64.0.0', 10],
    ['127.0.0.0', 8],
    ['168.63.129.16', 32],
    ['169.254.0.0', 16],
    ['172.16.0.0', 12],
    ['192.0.0.0', 24],
    ['192.0.2.0', 24],
    ['192.31.196.0', 24],
    ['192.52.193.0', 24],
    ['192.88.99.0', 24],
    ['192.168.0.0', 16],
    ['192.175.48.0', 24],
    ['198.18.0.0', 15],
    ['198.51.100.0', 24],
    ['203.0.113.0', 24],
    ['224.0.0.0', 4],
    ['240.0.0.0', 4],
  ] as const
  const oracle = new BlockList()
  for (const [net, bits] of special) oracle.addSubnet(net, bits, 'ipv4')

  const toText = (n: number) => [24, 16, 8, 0].map((shift) => (n >>> shift) & 255).join('.')
  const toNumber = (text: string) => text.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0)
  const edge = fc
    .tuple(fc.constantFrom(...special), fc.integer({ min: -2, max: 2 }), fc.boolean())
    .map(([[net, bits], offset, end]) => toNumber(net) + (end ? 2 ** (32 - bits) : 0) + offset)
  const address = fc.oneof(edge, fc.nat({ max: 2 ** 32 - 1 })).map((n) => toText(n >>> 0))

  fc.assert(
    fc.property(address, (text) => {
      expect(judge(text) !== undefined).toBe(oracle.check(text, 'ipv4'))
      // Behind its mapped form no IPv4 address is open, whichever it is.
      expect(judge(`::ffff:${text}`)).toBeDefined()
    }),
    { numRuns: 2000 },
  )
})

test('no IPv6 address outside 2000::/3 is open', () => {
  const group = fc.nat({ max: 0xffff })
  fc.assert(
    fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
      fc.pre(((groups[0] ?? 0) & 0xe000) !== 0x2000)
      expect(judge(groups.map((n) => n.toString(16)).join(':'))).toBeDefined()
    }),
  )
})

describe('the allow-list', () => {
  test('opens what it names, and nothing beside it', () => {
    expect(judge('127.0.0.1', ['127.0.0.0/8'])).toBeUndefined()
    expect(judge('10.1.2.3', ['10.1.2.0/24'])).toBeUndefined()
    expect(judge('10.1.3.3', ['10.1.2.0/24'])).toBeDefined()
    expect(judge('10.1.2.3', ['10.1.2.3'])).toBeUndefined()
    expect(judge('10.1.2.4', ['10.1.2.3'])).toBeDefined()
    expect(judge('::1', ['::1/128'])).toBeUndefined()
    expect(judge('::2', ['::1/128'])).toBeDefined()
    expect(judge('fd00::5', ['fd00::/8'])).toBeUndefined()
  })

  test('an IPv4 range holds for its mapped form, and for no other disguise', () => {
    expect(judge('::ffff:127.0.0.1', ['127.0.0.0/8'])).toBeUndefined()
    expect(judge('::ffff:10.0.0.1', ['127.0.0.0/8'])).toBeDefined()
    expect(judge('::127.0.0.1', ['127.0.0.0/8'])).toBeDefined()
    expect(judge('64:ff9b::7f00:1', ['127.0.0.0/8'])).toBeDefined()
  })

  test('a name lets through whatever it resolves to, and only under that name', () => {
    expect(judge('10.0.0.1', ['CRM.internal'], 'http:', 'crm.internal')).toBeUndefined()
    expect(judge('10.0.0.1', ['crm.internal'], 'https:', 'x.crm.internal')).toBeDefined()
    expect(judge('10.0.0.1', ['crm.internal'])).toBeDefined()
  })

  test('is needed for plain http', () => {
    expect(judge('8.8.8.8', [], 'http:')).toMatch(/use https/)
    expect(judge('8.8.8.8', ['8.8.8.0/24'], 'http:')).toBeUndefined()
  })

  test('may let plain http through to public addresses, and to no others', () => {
    const clear = { ...none, inTheClear: true }
    expect(judgeAddress('blog.example', '8.8.8.8', 'http:', clear)).toBeUndefined()
    expect(judgeAddress('blog.example', '10.0.0.1', 'http:', clear)).toMatch(/private/)
  })

  test('says what is wrong with each entry, and keeps the others', () => {
    const { allow, problems } = parseAllowList([
      ' 127.0.0.0/8 ',
      '10.0.0.0/33',
      '::1/129',
      '10.0.0.0/08',
      '10.0.0.0/',
      '10.0.0.0/8/8',
      '0.0.0.0/0',
      '::/0',
      '127.1',
      '0x7f.1',
      'http://x.example',
      '*.example',
      'a..b',
      '-a.example',
      '',
      'crm.internal',
    ])
    expect(problems).toHaveLength(14)
    for (const problem of problems) expect(problem).toMatch(/^entry \d+ (is|would) .*\.$/)
    expect(judgeAddress('127.0.0.1', '127.0.0.1', 'http:', allow)).toBeUndefined()
    expect(allow.names).toEqual(new Set(['crm.internal']))
  })

  test('empty, it opens nothing', () => {
    expect(none.ranges).toHaveLength(0)
    expect(judgeAddress('localhost', '127.0.0.1', 'https:', none)).toBeDefined()
  })
})
