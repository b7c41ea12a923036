import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Intent, judgeIntent, verificationUrl } from '../../src/core/verification.ts'
import type { Exchange, Fault } from '../../src/core/exchange.ts'

const intent: Intent = {
  id: 'id',
  mode: 'subscribe',
  topic: 'https://hub.example/topics/acme',
  callback: 'https://a.example/cb',
  leaseSeconds: 300,
  attempts: 0,
}
const CHALLENGE = 'Abc-123_xyz'

describe('the verification’s URL', () => {
  const TOPIC = 'hub.topic=https%3A%2F%2Fhub.example%2Ftopics%2Facme'
  const OURS = `hub.mode=subscribe&${TOPIC}&hub.challenge=Abc-123_xyz&hub.lease_seconds=300`

  it.each([
    ['https://a.example', '?'],
    ['https://a.example/cb', '?'],
    ['https://a.example/cb?own=1', '&'],
    ['https://a.example/cb?', '&'],
    ['HTTPS://A.example:443/../cb?a=%20&b=%7e&c=+&a=2&hub.mode=own&e=é', '&'],
  ])('is %s and ours behind it', (callback, joint) => {
    expect(verificationUrl({ ...intent, callback }, CHALLENGE)).toBe(`${callback}${joint}${OURS}`)
  })

  it('has no lease on unsubscribe', () => {
    expect(verificationUrl({ ...intent, mode: 'unsubscribe' }, CHALLENGE)).toBe(
      `https://a.example/cb?hub.mode=unsubscribe&${TOPIC}&hub.challenge=Abc-123_xyz`,
    )
  })

  it('repeats a verify token, encoded', () => {
    expect(verificationUrl({ ...intent, verifyToken: 'a&b=ü %' }, CHALLENGE)).toBe(
      `https://a.example/cb?${OURS}&hub.verify_token=a%26b%3D%C3%BC%20%25`,
    )
  })

  it('keeps any callback byte for byte, and its reader gets back what was meant', () => {
    const visible = fc.string({
      unit: fc.constantFrom(...'/ ? & = % + 2 0 a Z ~ . hub.mode'.split(' ')),
      maxLength: 40,
    })
    const text = fc.string({ unit: 'grapheme', maxLength: 20 })
    fc.assert(
      fc.property(visible, text, text, (rest, topic, verifyToken) => {
        const callback = `https://a.example/${rest}`
        const url = verificationUrl({ ...intent, callback, topic, verifyToken }, CHALLENGE)
        expect(url.startsWith(callback)).toBe(true)
        const appended = url.slice(callback.length)
        expect(appended[0]).toBe(callback.includes('?') ? '&' : '?')
        expect(Object.fromEntries(new URLSearchParams(appended.slice(1)))).toEqual({
          'hub.mode': 'subscribe',
          'hub.topic': topic,
          'hub.challenge': CHALLENGE,
          'hub.lease_seconds': '300',
          'hub.verify_token': verifyToken,
        })
      }),
    )
  })
})

describe('the callback’s answer', () => {
  const answer = (status: number, body: string | Buffer = CHALLENGE): Exchange => ({
    kind: 'answer',
    status,
    body: Buffer.from(body),
    ms: 1,
  })
  const judge = (exchange: Exchange, attempts = 1) => judgeIntent(exchange, CHALLENGE, attempts, 0)

  it.each([200, 201, 204, 299])('confirms with %i and the challenge', (status) => {
    expect(judge(answer(status))).toEqual({ kind: 'confirmed' })
  })

  it.each([
    { body: '', is: 'empty' },
    { body: `${CHALLENGE}\n`, is: 'with a newline' },
    { body: ` ${CHALLENGE}`, is: 'with a space' },
    { body: CHALLENGE.slice(0, -1), is: 'cut' },
    { body: CHALLENGE.toLowerCase(), is: 'in another case' },
    { body: `\ufeff${CHALLENGE}`, is: 'behind a BOM' },
    { body: `"${CHALLENGE}"`, is: 'quoted' },
    { body: Buffer.from([0xff, 0xfe]), is: 'no text' },
  ])('refuses with a challenge that is not exactly the one: $is', ({ body }) => {
    expect(judge(answer(200, body))).toEqual({
      kind: 'refused',
      why: 'the callback answered 200 without repeating the challenge exactly',
    })
  })

  it.each([100, 300, 301, 304, 307, 400, 404, 410, 499])('refuses with %i, challenge or not', (status) => {
    expect(judge(answer(status))).toEqual({ kind: 'refused', why: `the callback answered ${status}` })
  })

  it.each([500, 502, 503, 599])('asks again with %i', (status) => {
    const why = `the callback answered ${status}`
    expect(judge(answer(status))).toEqual({ kind: 'retry', why, waitMs: 1_000 })
  })

  it.each<[Fault, string]>([
    ['forbidden', 'refused'],
    ['dns', 'retry'],
    ['connect', 'retry'],
    ['tls', 'retry'],
    ['timeout', 'retry'],
    ['protocol', 'retry'],
  ])('that is none (%s) is %s', (fault, kind) => {
    expect(judge({ kind: 'fault', fault, detail: 'in detail', ms: 1 })).toMatchObject({
      kind,
      why: `no answer (${fault}: in detail)`,
    })
  })

  it('is waited for longer each time, and taken for no after the last', () => {
    const waits = [1, 2, 3, 4].map((attempts) => judge(answer(503), attempts))
    expect(waits).toEqual([
      ...[1_000, 5_000, 15_000].map((waitMs) => ({
        kind: 'retry',
        why: 'the callback answered 503',
        waitMs,
      })),
      { kind: 'refused', why: 'the callback answered 503' },
    ])
  })
})
