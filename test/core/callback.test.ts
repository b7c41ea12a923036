import { describe, expect, test } from 'vitest'
import { parseAllowList } from '../../src/core/address.ts'
import { checkCallback, splitUrl } from '../../src/core/callback.ts'

const check = (url: string, entries: string[] = []) => checkCallback(url, parseAllowList(entries).allow)

describe('callbacks that are accepted', () => {
  test.each([
    'https://subscriber.example',
    'https://subscriber.example/',
    'HTTPS://Subscriber.Example/CB',
    'https://subscriber.example?x=1',
    'https://subscriber.example:8443/cb?a=%20&b=%7e&c=+&a=2&hub.mode=own',
    'https://sub_scriber.example/../a/./b',
    'https://xn--bcher-kva.example/',
    'https://subscriber.example/@home?u=a@b',
    'https://subscriber.example/%0d%0a',
    'https://1.1.1.1/cb',
    'https://[2606:4700:4700::1111]/cb',
    'https://subscriber.example:1/',
    'https://subscriber.example:65535/',
    `https://subscriber.example/${'x'.repeat(2048 - 27)}`,
  ])('%s', (url) => {
    expect(check(url)).toBeUndefined()
  })
})

describe('callbacks that are refused', () => {
  test.each([
    ['', /absolute/],
    ['/cb', /absolute/],
    ['subscriber.example/cb', /absolute/],
    ['//subscriber.example/cb', /absolute/],
    ['https:/subscriber.example', /absolute/],
    ['https:subscriber.example', /absolute/],
    ['file:///etc/passwd', /absolute/],
    ['gopher://127.0.0.1:70/', /absolute/],
    ['javascript:alert(1)', /absolute/],
    ['data:text/plain,x', /absolute/],
    ['ftp://subscriber.example/', /absolute/],
    [' https://subscriber.example/', /ASCII/],
    ['https://subscriber.example/a b', /ASCII/],
    ['https://subscriber.example/\t', /ASCII/],
    ['ht\ntps://subscriber.example/', /ASCII/],
    ['https://subscriber.example/\r\nX: y', /ASCII/],
    ['https://subscriber.example/\u0000', /ASCII/],
    ['https://subscriber.example/é', /ASCII/],
    ['https://127。0。0。1/', /ASCII/],
    ['https://①②⑦.⓪.⓪.①/', /ASCII/],
    ['http:\\\\127.0.0.1', /ASCII/],
    ['https://good.example\\@127.0.0.1/', /ASCII/],
    ['https://good.example@127.0.0.1/', /user name/],
    ['https://u:p@subscriber.example/', /user name/],
    ['https://subscriber.example/#x', /fragment/],
    ['https://subscriber.example#', /fragment/],
    ['https://', /host/],
    ['https:///cb', /host/],
    ['https://:443/', /host/],
    ['https://subscriber.example:/', /port/],
    ['https://subscriber.example:0/', /port/],
    ['https://subscriber.example:65536/', /port/],
    ['https://subscriber.example:0443/', /port/],
    ['https://subscriber.example:4e2/', /port/],
    ['https://subscriber.example:443:443/', /port/],
    ['https://127.1/', /write 127\.0\.0\.1/],
    ['https://0/', /write 0\.0\.0\.0/],
    ['https://2130706433/', /write 127\.0\.0\.1/],
    ['https://0x7f.1/', /write 127\.0\.0\.1/],
    ['https://0177.0.0.1/', /write 127\.0\.0\.1/],
    ['https://127.0.0.1./', /write 127\.0\.0\.1/],
    ['https://%31%32%37.0.0.1/', /write 127\.0\.0\.1/],
    ['https://127.0.0.1%2f.example/', /host/],
    ['https://%0d%0a.example/', /host/],
    ['https://[::ffff:127.0.0.1]/', /write \[::ffff:7f00:1\]/],
    ['https://[0:0:0:0:0:0:0:1]/', /write \[::1\]/],
    ['https://[fe80::1%25eth0]/', /host/],
    ['https://[::1/', /host/],
    ['https://::1/', /port/],
    ['https://1.2.3.4.5/', /host/],
    ['https://256.0.0.1/', /host/],
    ['https://a..example/', /host/],
    ['https://-a.example/', /host/],
    ['https://subscriber.example./', /host/],
    [`https://${'a'.repeat(64)}.example/`, /host/],
    ['https://a!b.example/', /host/],
    ['https://127.0.0.1/', /loopback/],
    ['https://169.254.169.254/latest/meta-data/', /metadata/],
    ['https://100.64.0.1/', /carrier-grade/],
    ['https://[::1]/', /loopback/],
    ['https://[::]/', /unspecified/],
    ['https://[::ffff:7f00:1]/', /disguise/],
    ['https://[::7f00:1]/', /disguise/],
    ['https://[::ffff:0:7f00:1]/', /disguise/],
    ['https://[::5efe:7f00:1]/', /disguise/],
    ['https://[64:ff9b::a9fe:a9fe]/', /disguise/],
    ['https://[64:ff9b:1::7f00:1]/', /disguise/],
    ['https://[2002:7f00:1::]/', /disguise/],
    ['https://[2001:0:1::1]/', /disguise|plain|write/],
    ['https://[fec0::1]/', /private/],
    ['https://[fd00:ec2::254]/', /private/],
    ['https://localhost/', /loopback/],
    ['https://foo.localhost/', /loopback/],
    ['https://localhost./', /host/],
    ['https://intranet/', /full domain name/],
    ['http://subscriber.example/', /https/],
    ['http://1.1.1.1/', /https/],
    [`https://subscriber.example/${'x'.repeat(2049 - 27)}`, /longer/],
    [`https://subscriber.example/${'x'.repeat(65_536)}`, /longer/],
  ])('%j', (url, sentence) => {
    expect(check(url)).toMatch(sentence)
  })
})

describe('with an allow-list', () => {
  const local = ['127.0.0.0/8', '::1/128', 'crm']

  test.each([
    'http://127.0.0.1:9000/cb',
    'http://[::1]:9000/cb',
    'http://localhost:9000/cb',
    'http://crm/cb',
    'https://CRM/cb',
    // Judged when it is connected to, since it may lead to an allow-listed address.
    'http://subscriber.example/',
  ])('%s is accepted', (url) => {
    expect(check(url, local)).toBeUndefined()
  })

  test.each([
    'http://10.0.0.1/',
    'http://1.1.1.1/',
    'http://crm2/',
    'http://127.1/',
    'http://[::ffff:127.0.0.1]/',
  ])('%s is refused all the same', (url) => {
    expect(check(url, local)).toBeDefined()
  })

  test('of names alone, no other name is called in the clear', () => {
    expect(check('http://subscriber.example/', ['crm'])).toMatch(/https/)
  })
})

describe('for what is public itself', () => {
  const isPublic = { ...parseAllowList([]).allow, inTheClear: true }

  test.each(['http://subscriber.example/', 'http://1.1.1.1/cb', 'http://[2606:4700:4700::1111]/'])(
    '%s is accepted',
    (url) => {
      expect(checkCallback(url, isPublic)).toBeUndefined()
    },
  )

  test.each([
    'http://10.0.0.1/',
    'http://localhost/',
    'http://[::1]/',
    'http://169.254.169.254/',
    'http://crm/',
  ])('%s is refused all the same', (url) => {
    expect(checkCallback(url, isPublic)).toBeDefined()
  })
})

describe('splitUrl', () => {
  test.each([
    ['https://Subscriber.Example', 'https://subscriber.example', '/'],
    ['HTTPS://subscriber.example:443/A', 'https://subscriber.example', '/A'],
    ['http://subscriber.example:80?x', 'http://subscriber.example', '/?x'],
    ['http://subscriber.example:8080/?', 'http://subscriber.example:8080', '/?'],
    [
      'https://s.example/a/../b/./%2e?q=%20&r=%7e&s=+&q=2',
      'https://s.example',
      '/a/../b/./%2e?q=%20&r=%7e&s=+&q=2',
    ],
    ['https://s.example//x?a?b=/@', 'https://s.example', '//x?a?b=/@'],
    ['https://s.example/a#b?c', 'https://s.example', '/a'],
    ['https://[2606:4700::1]:8443/', 'https://[2606:4700::1]:8443', '/'],
  ])('%s', (url, origin, target) => {
    expect(splitUrl(url)).toMatchObject({ origin, target })
  })

  test('tells the host without the port', () => {
    expect(splitUrl('https://Subscriber.Example:8443/x').host).toBe('subscriber.example')
  })

  test.each([
    '',
    '/x',
    'ftp://s.example/',
    'https://',
    'https://u@s.example/',
    'https://s.example\\@t/',
    'https://s:70000',
  ])('%j is a fault of the caller', (url) => {
    expect(() => splitUrl(url)).toThrow(TypeError)
  })
})
