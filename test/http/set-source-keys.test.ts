/** The keys of a publisher that signs its own SETs: when they are fetched, how long they are believed, which are none. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startAcme } from '../support/acme.ts'
import type { MovableClock } from '../support/movable-clock.ts'
import { claims, makeKey, type Publisher, sign } from '../support/publisher.ts'
import { newSetSource, type SetSources, startSetSources } from '../support/set-sources.ts'

let sources: SetSources
let publisher: Publisher
let clock: MovableClock

beforeAll(async () => {
  sources = await startSetSources()
  ;({ publisher, clock } = sources)
})

afterEach(() => publisher.show(publisher.key))

afterAll(() => sources.close())

describe('the publisher’s keys', () => {
  const asked = () => publisher.site.requests.length

  it('are fetched once for many SETs, and once for many at once', async () => {
    const source = await sources.fresh()
    const before = asked()
    await Promise.all(
      [1, 2, 3, 4].map((n) => sources.push(source, sign(publisher.key, claims(`k${n}`))).expect(202)),
    )
    await sources.push(source, sign(publisher.key, claims('k5'))).expect(202)
    expect(asked()).toBe(before + 1)
  })

  it('are fetched once more for a key that is new', async () => {
    const source = await sources.fresh()
    await sources.push(source, sign(publisher.key, claims('old key'))).expect(202)
    const rotated = makeKey('second')
    publisher.show(publisher.key, rotated)
    await sources.push(source, sign(rotated, claims('new key'))).expect(202)
    await sources.push(source, sign(publisher.key, claims('old key again'))).expect(202)
  })

  it('are not fetched over and over for a stranger, and no true key is condemned meanwhile', async () => {
    const source = await sources.fresh()
    const before = asked()
    for (let n = 0; n < 12; n++) {
      const answer = await sources.push(source, sign(makeKey(`made-up-${n}`), claims(`stranger ${n}`)))
      expect([400, 503]).toContain(answer.status)
    }
    expect(asked()).toBeLessThanOrEqual(before + 5)
    await sources.push(source, sign(publisher.key, claims('known key'))).expect(202)

    const rotated = makeKey('third')
    publisher.show(publisher.key, rotated)
    const token = sign(rotated, claims('in the crowd'))
    const answer = await sources.push(source, token).expect(503)
    expect(answer.headers).toHaveProperty('retry-after')
    clock.ahead += 10_001
    await sources.push(source, token).expect(202)
  })

  it('are believed for ten minutes and no longer', async () => {
    const source = await sources.fresh()
    await sources.push(source, sign(publisher.key, claims('believed'))).expect(202)
    publisher.show(makeKey('successor'))
    clock.ahead += 590_000
    await sources.push(source, sign(publisher.key, claims('still believed'))).expect(202)
    clock.ahead += 20_000
    await sources.refused(source, sign(publisher.key, claims('withdrawn')), 'invalid_key')
  })

  it.each<[string, Parameters<Publisher['answer']>[0]]>([
    ['redirect', () => ({ status: 302, headers: { Location: publisher.jwksUrl } })],
    ['fail', () => ({ status: 500 })],
    ['are no JSON', () => ({ status: 200, body: '<html>' })],
    ['are no set of keys', () => ({ status: 200, body: '{"keys":7}' })],
    ['are endless', () => ({ status: 200, body: `{"keys":[],"x":"${'x'.repeat(300_000)}"}` })],
    ['break off', () => (response) => void response.socket?.destroy()],
  ])('that %s: the SET is to come again, and is taken in then', async (_, script) => {
    const source = await sources.fresh()
    const token = sign(publisher.key, claims(`later ${source}`))
    const before = asked()
    publisher.answer(script)
    const answer = await sources.push(source, token).expect(503)
    expect(answer.headers).toHaveProperty('retry-after')
    expect(asked()).toBe(before + 1)
    publisher.show(publisher.key)
    await sources.push(source, token).expect(202)
  })

  it.each<[string, object]>([
    ['a short RSA key', { kty: 'RSA', n: Buffer.alloc(64, 0xab).toString('base64url'), e: 'AQAB' }],
    ['a point that is not on the curve', { kty: 'EC', crv: 'P-256', x: 'AAAA', y: 'AAAA' }],
  ])('that hold %s do not verify', async (_, jwk) => {
    const source = await sources.fresh()
    const alg = 'n' in jwk ? 'RS256' : 'ES256'
    publisher.answer(() => ({ status: 200, body: JSON.stringify({ keys: [{ ...jwk, kid: 'bad' }] }) }))
    const [, ...rest] = sign(publisher.key, claims('bad key')).split('.')
    const head = Buffer.from(JSON.stringify({ alg, typ: 'secevent+jwt', kid: 'bad' })).toString('base64url')
    await sources.refused(source, [head, ...rest].join('.'), 'invalid_key')
  })

  it('at an address that the guard forbids are never asked for', async () => {
    const first = await startAcme()
    await first.admin.post('/sources', newSetSource('astray', publisher.jwksUrl))
    await first.stop()
    // What was allowed when the source was made is not any more: the connection is judged, not the record.
    const { folder } = first
    const guarded = await startAcme({ folder, env: { SIGNET_OUTBOUND_ALLOW: '192.0.2.1' } })
    try {
      const before = publisher.site.connections
      const token = sign(publisher.key, claims('astray'))
      const answer = await guarded.http
        .post('/in/astray')
        .set('Content-Type', 'application/secevent+jwt')
        .send(token)
        .expect(503)
      expect(answer.text).not.toContain('127.0.0.1')
      expect(publisher.site.connections).toBe(before)
    } finally {
      await guarded.close()
    }
  })
})
