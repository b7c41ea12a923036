import { describe, expect, it } from 'vitest'
import { judgeDelivery, type Tried } from '../../src/core/delivery.ts'
import type { Exchange, Fault } from '../../src/core/exchange.ts'

const NOW = 1_700_000_000_000
const settings = { schedule: [1_000, 2_000, 4_000], fraction: 0, now: NOW }
const answer = (status: number, { body = 'ignored', retryAfter }: Said = {}): Exchange => ({
  ...{ kind: 'answer', status, body: Buffer.from(body), ms: 1 },
  ...(retryAfter !== undefined && { retryAfter }),
})
const fault = (name: Fault): Exchange => ({ kind: 'fault', fault: name, detail: '', ms: 1 })
const judge = (exchange: Exchange, tried: Partial<Tried> = {}) =>
  judgeDelivery(exchange, { spent: 0, rejections: 0, ...tried }, settings)

interface Said {
  body?: string
  retryAfter?: string
}

describe('an attempt', () => {
  it.each([200, 201, 202, 204, 299])('answered %i is delivered, whatever the body', (status) => {
    expect(judge(answer(status))).toEqual({ kind: 'delivered' })
    expect(judge(answer(status, { body: '{"err":"invalid_request"}' }), { spent: 99 })).toEqual({
      kind: 'delivered',
    })
  })

  it.each([100, 199, 300, 301, 302, 304, 307, 308, 400, 401, 404, 409, 411, 429, 500, 503, 599, 999])(
    'answered %i is made again on the schedule, and at its end is dead',
    (status) => {
      const again = { kind: 'retry', outcome: 'refused' }
      expect(judge(answer(status))).toEqual({ ...again, waitMs: 500 })
      expect(judge(answer(status), { spent: 1 })).toEqual({ ...again, waitMs: 1_000 })
      expect(judge(answer(status), { spent: 2 })).toEqual({ ...again, waitMs: 2_000 })
      expect(judge(answer(status), { spent: 3 })).toEqual({ kind: 'dead', outcome: 'refused' })
    },
  )

  it.each<Fault>(['forbidden', 'dns', 'connect', 'tls', 'timeout', 'protocol'])(
    'that ended in a fault (%s) is made again on the schedule, and at its end is dead',
    (name) => {
      expect(judge(fault(name))).toEqual({ kind: 'retry', outcome: name, waitMs: 500 })
      expect(judge(fault(name), { spent: 3 })).toEqual({ kind: 'dead', outcome: name })
    },
  )

  it('answered 410 ends the subscription, at any attempt', () => {
    expect(judge(answer(410))).toEqual({ kind: 'gone' })
    expect(judge(answer(410), { spent: 3 })).toEqual({ kind: 'gone' })
  })
})

describe('a SET that the receiver rejects (RFC 8935 §2.3)', () => {
  const rejected = answer(400, { body: '{"err":"invalid_issuer","description":"not ours"}' })

  it('is sent twice more, and then is dead, long before the schedule is spent', () => {
    expect(judge(rejected)).toEqual({ kind: 'retry', outcome: 'rejected', waitMs: 500 })
    expect(judge(rejected, { spent: 1, rejections: 1 })).toMatchObject({ kind: 'retry', waitMs: 1_000 })
    expect(judge(rejected, { spent: 2, rejections: 2 })).toEqual({ kind: 'dead', outcome: 'rejected' })
  })

  it('is counted by rejections alone, whatever else was tried', () => {
    expect(judge(rejected, { spent: 2, rejections: 0 })).toMatchObject({ kind: 'retry' })
    expect(judge(answer(500), { spent: 2, rejections: 2 })).toMatchObject({ kind: 'retry' })
  })

  it('is dead at the end of the schedule, too', () => {
    expect(judge(rejected, { spent: 3 })).toEqual({ kind: 'dead', outcome: 'rejected' })
  })

  it.each([
    ['another status', answer(401, { body: '{"err":"authentication_failed"}' })],
    ['no JSON', answer(400, { body: 'Bad Request' })],
    ['no body', answer(400, { body: '' })],
    ['JSON that is no object', answer(400, { body: '"err"' })],
    ['null', answer(400, { body: 'null' })],
    ['an array', answer(400, { body: '[{"err":"x"}]' })],
    ['an object without `err`', answer(400, { body: '{"error":"invalid_request"}' })],
    ['an `err` that is no string', answer(400, { body: '{"err":1}' })],
  ])('is not what an answer says with %s', (_, exchange) => {
    expect(judge(exchange)).toMatchObject({ kind: 'retry', outcome: 'refused' })
    expect(judge(exchange, { rejections: 2 })).toMatchObject({ kind: 'retry', outcome: 'refused' })
  })
})

describe('Retry-After', () => {
  it.each([429, 503])('of a %i holds back this delivery and the others', (status) => {
    const hold = { kind: 'retry', outcome: 'refused', waitMs: 120_000, holdMs: 120_000 }
    expect(judge(answer(status, { retryAfter: '120' }))).toEqual(hold)
    expect(judge(answer(status, { retryAfter: new Date(NOW + 120_000).toUTCString() }))).toEqual(hold)
    expect(judge(answer(status, { retryAfter: '120' }), { spent: 2 })).toEqual(hold)
  })

  it.each(['0', '9'.repeat(12)])('is kept within bounds (%s)', (retryAfter) => {
    const holdMs = retryAfter === '0' ? 1_000 : 86_400_000
    expect(judge(answer(429, { retryAfter }))).toMatchObject({ waitMs: holdMs, holdMs })
  })

  it.each([301, 400, 404, 500, 502, 504])('of a %i says nothing', (status) => {
    const again = { kind: 'retry', outcome: 'refused', waitMs: 500 }
    expect(judge(answer(status, { retryAfter: '120' }))).toEqual(again)
  })

  it('that cannot be understood is as if it were not there', () => {
    const again = { kind: 'retry', outcome: 'refused', waitMs: 500 }
    expect(judge(answer(503, { retryAfter: 'soon' }))).toEqual(again)
  })

  it('does not spend the schedule sooner than it would be', () => {
    const soon = { kind: 'retry', outcome: 'refused', waitMs: 2_000, holdMs: 1_000 }
    expect(judge(answer(503, { retryAfter: '1' }), { spent: 2 })).toEqual(soon)
  })

  it('does not make the schedule longer, but holds back the others after its end, too', () => {
    const spent = { kind: 'dead', outcome: 'refused' }
    expect(judge(answer(503, { retryAfter: '120' }), { spent: 3 })).toEqual({ ...spent, holdMs: 120_000 })
    expect(judge(answer(503), { spent: 3 })).toEqual(spent)
  })
})
