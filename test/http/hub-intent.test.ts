/** Verification of intent (WebSub §5.3), as a callback sees it. */
import { request as httpRequest } from 'node:http'
import { beforeAll, describe, expect, it } from 'vitest'
import type { AcmeHub } from '../support/acme.ts'
import { type Received, type Receiver, type Reply, startReceiver, willing } from '../support/receiver.ts'
import { startScene } from '../support/scene.ts'
import {
  formFor,
  isActive,
  isEnded,
  parameter,
  post,
  settled,
  subscriptionsOf,
  verifications,
} from '../support/subscriptions.ts'

let hub: AcmeHub
let receiver: Receiver

beforeAll(async () => {
  const scene = await startScene()
  ;({ hub, receiver } = scene)
  return scene.close
})

const challengeOf = (request: Received): string => parameter(request, 'hub.challenge') ?? ''

/** Answers at this target alone; everything else is willing. */
const answerAt = (target: string, answer: (request: Received) => Reply): void =>
  receiver.reply((request) => (request.url.startsWith(target) ? answer(request) : willing(request)))

describe('the request', () => {
  it('is a GET of the callback with mode, topic, challenge and lease', async () => {
    await post(hub, formFor(hub, receiver.url('/asked'), { 'hub.lease_seconds': '1234' })).expect(202)
    await settled(hub, receiver.url('/asked'), isActive)
    const [asked] = verifications(receiver, '/asked?')
    const { searchParams } = new URL(asked?.url ?? '', 'http://receiver')
    expect([...searchParams.keys()]).toEqual(['hub.mode', 'hub.topic', 'hub.challenge', 'hub.lease_seconds'])
    expect(searchParams.get('hub.mode')).toBe('subscribe')
    expect(searchParams.get('hub.topic')).toBe(hub.topic())
    expect(searchParams.get('hub.lease_seconds')).toBe('1234')
    expect(asked?.headers['user-agent']).toMatch(/^Signet\/\d/)
    expect(asked?.body).toHaveLength(0)
  })

  it('has no lease when it asks about leaving', async () => {
    const form = formFor(hub, receiver.url('/leave'))
    await post(hub, form).expect(202)
    await settled(hub, receiver.url('/leave'), isActive)
    await post(hub, { ...form, 'hub.mode': 'unsubscribe' }).expect(202)
    await settled(hub, receiver.url('/leave'), isEnded)
    const asked = verifications(receiver, '/leave?').at(-1)
    expect(parameter(asked, 'hub.mode')).toBe('unsubscribe')
    expect(asked?.url).not.toContain('hub.lease_seconds')
  })

  it('has a challenge of its own each time, of at least 128 bits in plain letters', async () => {
    const form = formFor(hub, receiver.url('/fresh'))
    for (const asked of [1, 2]) {
      await post(hub, form).expect(202)
      await receiver.waitFor(() => verifications(receiver, '/fresh?').length === asked)
    }
    const challenges = verifications(receiver, '/fresh?').map(challengeOf)
    expect(new Set(challenges).size).toBe(2)
    // 22 characters of 6 bits.
    for (const challenge of challenges) expect(challenge).toMatch(/^[A-Za-z0-9_-]{22,}$/)
  })

  it.each([
    ['escapes', '/own?a=%20b%7ec%2Fd', '/own?a=%20b%7ec%2Fd&'],
    ['plus signs', '/own?q=a+b', '/own?q=a+b&'],
    ['repeated keys', '/own?k=1&k=2&k', '/own?k=1&k=2&k&'],
    [
      'its own hub.mode',
      '/own?hub.mode=publish&hub.challenge=mine',
      '/own?hub.mode=publish&hub.challenge=mine&',
    ],
    ['characters a parser would rewrite', "/own/../x?p='|{}", "/own/../x?p='|{}&"],
    ['an empty query', '/own-empty?', '/own-empty?&'],
    ['no query', '/own-none', '/own-none?'],
    ['no path', '', '/?'],
    ['no path but a query', '?only=query', '/?only=query&'],
  ])('keeps %s of the callback byte for byte', async (_what, target, start) => {
    const callback = `http://127.0.0.1:${receiver.port}${target}`
    await post(hub, formFor(hub, callback)).expect(202)
    await settled(hub, callback, isActive)
    const asked = receiver.requests.find(({ url }) => url.startsWith(`${start}hub.mode=subscribe&hub.topic=`))
    expect(asked).toBeDefined()
    expect(parameter(asked, 'hub.topic')).toBe(hub.topic())
  })

  it('goes out after the answer to the one who asked', async () => {
    const order: string[] = []
    answerAt('/order', (request) => {
      order.push('verification')
      return { status: 200, body: challengeOf(request) }
    })
    const body = new URLSearchParams(formFor(hub, receiver.url('/order'))).toString()
    // The connections stay open, so that no handshake puts the two in order.
    for (let round = 1; round <= 20; round += 1) {
      await new Promise<void>((resolve, reject) => {
        const headers = {
          'Content-Type': 'application/x-www-form-urlencoded',
          'Content-Length': body.length,
          Authorization: `Bearer ${hub.token}`,
        }
        httpRequest(
          { port: hub.port, host: '127.0.0.1', path: '/hub', method: 'POST', headers },
          (answer) => {
            order.push(String(answer.statusCode))
            answer.resume().on('end', resolve)
          },
        )
          .on('error', reject)
          .end(body)
      })
      await receiver.waitFor(() => verifications(receiver, '/order?').length === round)
    }
    expect(order).toEqual(Array.from({ length: 20 }, () => ['202', 'verification']).flat())
  })
})

describe('the answer', () => {
  it.each<[string, (request: Received) => Reply]>([
    ['200', (request) => ({ status: 200, body: challengeOf(request) })],
    ['201', (request) => ({ status: 201, body: challengeOf(request) })],
    [
      '299 of any type',
      (request) => ({ status: 299, headers: { 'Content-Type': 'image/png' }, body: challengeOf(request) }),
    ],
  ])('%s with the challenge confirms', async (what, answer) => {
    const target = `/yes/${what.slice(0, 3)}`
    answerAt(target, answer)
    await post(hub, formFor(hub, receiver.url(target))).expect(202)
    const subscription = await settled(hub, receiver.url(target), isActive)
    expect(subscription).toMatchObject({ subscriber: 'siem', verification: 'subscribe confirmed' })
  })

  it.each<[string, (request: Received) => Reply]>([
    ['a newline behind the challenge', (request) => ({ status: 200, body: `${challengeOf(request)}\n` })],
    ['a space before the challenge', (request) => ({ status: 200, body: ` ${challengeOf(request)}` })],
    ['a part of the challenge', (request) => ({ status: 200, body: challengeOf(request).slice(0, -1) })],
    ['the challenge in other case', (request) => ({ status: 200, body: swapCase(challengeOf(request)) })],
    ['the challenge twice', (request) => ({ status: 200, body: challengeOf(request).repeat(2) })],
    [
      'much more than the challenge',
      (request) => ({ status: 200, body: challengeOf(request) + 'x'.repeat(1e6) }),
    ],
    ['nothing', () => ({ status: 200 })],
    ['204', () => ({ status: 204 })],
    ['its whole query', (request) => ({ status: 200, body: request.url })],
    ['404 with the challenge', (request) => ({ status: 404, body: challengeOf(request) })],
    ['403 with the challenge', (request) => ({ status: 403, body: challengeOf(request) })],
    ['304 with nothing', () => ({ status: 304 })],
  ])('%s is a no', async (what, answer) => {
    const target = `/no/${encodeURIComponent(what)}`
    answerAt(target, answer)
    await post(hub, formFor(hub, receiver.url(target))).expect(202, 'hub.mode=accepted')
    const subscription = await settled(hub, receiver.url(target), isEnded)
    expect(subscription.ended_why).toMatch(/^not verified: the callback answered/)
    expect(verifications(receiver, target)).toHaveLength(1)
  })

  it.each([301, 302, 303, 307, 308])('%i is a no, and is not followed', async (status) => {
    const target = `/moved/${status}`
    answerAt(target, ({ url, ...request }) => ({
      status,
      headers: { Location: url.replace('/moved', '/followed') },
      body: challengeOf({ url, ...request }),
    }))
    await post(hub, formFor(hub, receiver.url(target))).expect(202)
    const subscription = await settled(hub, receiver.url(target), isEnded)
    expect(subscription.ended_why).toContain(String(status))
    // Answers to later questions come behind it.
    await post(hub, formFor(hub, receiver.url(`/behind/${status}`))).expect(202)
    await settled(hub, receiver.url(`/behind/${status}`), isActive)
    expect(receiver.requests.filter(({ url }) => url.startsWith('/followed'))).toEqual([])
  })

  it('503 is asked again, with another challenge', async () => {
    answerAt('/later', (request) =>
      verifications(receiver, '/later?').length === 1
        ? { status: 503, body: challengeOf(request) }
        : { status: 200, body: challengeOf(request) },
    )
    const callback = receiver.url('/later')
    await post(hub, formFor(hub, callback)).expect(202)
    const waiting = await settled(hub, callback, ({ verification }) => verification !== null)
    expect(waiting).toMatchObject({
      state: 'pending',
      verification: 'asking again: the callback answered 503',
    })
    await settled(hub, callback, isActive)
    const challenges = verifications(receiver, '/later?').map(challengeOf)
    expect(new Set(challenges).size).toBe(2)
  })

  it('nobody answers: the operator sees why', async () => {
    const closed = await startReceiver()
    await closed.close()
    const callback = closed.url('/nobody')
    await post(hub, formFor(hub, callback)).expect(202)
    const waiting = await settled(hub, callback, ({ verification }) => verification !== null)
    expect(waiting.verification).toMatch(/^asking again: no answer \(connect: /)
    expect((await subscriptionsOf(hub, callback)).map(({ state }) => state)).toEqual(['pending'])
  })
})

const swapCase = (text: string): string =>
  text.replace(/[a-z]/gi, (letter) =>
    letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  )
