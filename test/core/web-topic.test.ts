import { describe, expect, it } from 'vitest'
import { contentDigest, isWebTopic } from '../../src/core/web-topic.ts'

const HUB = 'https://hub.example'
const BLOG = new Set(['https://blog.example', 'http://127.0.0.1:8081'])

describe('a page of an allowed origin', () => {
  it.each([
    'https://blog.example',
    'https://blog.example/',
    'https://blog.example/feed?tag=a%20b&c=%7e&d=%ff+#'.slice(0, -1),
    "https://blog.example/a'b(c)|{d}^`;e",
    'HTTPS://Blog.Example:443/feed',
    'http://127.0.0.1:8081/feed',
  ])('%s is a topic', (url) => {
    expect(isWebTopic(url, HUB, BLOG)).toBe(true)
    expect(isWebTopic(url, HUB, '*')).toBe(true)
  })

  it.each([
    ['another origin', 'https://news.example/'],
    ['another scheme', 'http://blog.example/'],
    ['another port', 'https://blog.example:8443/'],
    ['a name that begins like it', 'https://blog.example.evil.example/'],
    ['a user name', 'https://blog.example@evil.example/'],
  ])('is not one of %s', (_what, url) => {
    expect(isWebTopic(url, HUB, BLOG)).toBe(false)
  })
})

it('is none where no origin is allowed', () => {
  expect(isWebTopic('https://blog.example/', HUB, new Set())).toBe(false)
})

it.each([
  ['a name', 'myorg.event.session'],
  ['nothing', ''],
  ['no host', 'https:///feed'],
  ['another scheme', 'ftp://blog.example/'],
  ['a fragment', 'https://blog.example/#top'],
  ['an empty fragment', 'https://blog.example/#'],
  ['a user name', 'https://me@blog.example/'],
  ['a space', 'https://blog.example/a b'],
  ['a newline', 'https://blog.example/\n'],
  ['what would end the Link header’s URL', 'https://blog.example/>; rel="hub", <https://evil.example/'],
  ['a quotation mark', 'https://blog.example/"'],
  ['a backslash', 'https://blog.example\\@evil.example/'],
  ['other than ASCII', 'https://blog.example/é'],
  ['2,049 characters', `https://blog.example/${'x'.repeat(2028)}`],
])('%s is no topic, whatever is allowed', (_what, url) => {
  expect(isWebTopic(url, HUB, '*')).toBe(false)
})

it('may have 2,048 characters', () => {
  expect(isWebTopic(`https://blog.example/${'x'.repeat(2027)}`, HUB, '*')).toBe(true)
})

describe('what is the hub’s own', () => {
  it.each([
    'https://hub.example',
    'https://hub.example/',
    'https://hub.example/topics/acme',
    'HTTPS://HUB.example:443/topics/acme',
    'https://hub.example/?x',
  ])('%s is none', (url) => {
    expect(isWebTopic(url, HUB, '*')).toBe(false)
  })

  it('is what is below its base URL, and nothing beside it', () => {
    const below = 'https://example.org/signet'
    expect(isWebTopic('https://example.org/signet/topics/acme', below, '*')).toBe(false)
    expect(isWebTopic('https://example.org/x/../signet/topics/acme', below, '*')).toBe(false)
    expect(isWebTopic('https://example.org/signet', below, '*')).toBe(false)
    expect(isWebTopic('https://example.org/signets', below, '*')).toBe(true)
    expect(isWebTopic('https://example.org/feed', below, '*')).toBe(true)
  })
})

it('tells contents apart by type and bytes', () => {
  const digests = [
    contentDigest('text/plain', Buffer.from('one')),
    contentDigest('text/plain', Buffer.from('two')),
    contentDigest('text/plain;charset=utf-8', Buffer.from('one')),
    contentDigest('text/plain', Buffer.from([0xff])),
    contentDigest('text/plain', Buffer.from([0xfe])),
    contentDigest('text', Buffer.from('/plainone')),
  ]
  expect(new Set(digests).size).toBe(digests.length)
  expect(contentDigest('text/plain', Buffer.from('one'))).toBe(digests[0])
})
