import { describe, expect, it } from 'vitest'
import { judgeDelivery } from '../../src/core/delivery.ts'
import type { Exchange, Fault } from '../../src/core/exchange.ts'

const schedule = [1_000, 2_000]
const answer = (status: number): Exchange => ({ kind: 'answer', status, body: Buffer.from('ignored'), ms: 1 })
const fault = (name: Fault): Exchange => ({ kind: 'fault', fault: name, detail: '', ms: 1 })
const judge = (exchange: Exchange, attempts = 1) => judgeDelivery(exchange, attempts, schedule, 0)

describe('an attempt', () => {
  it.each([200, 201, 202, 204, 299])('answered %i is delivered, whatever the body', (status) => {
    expect(judge(answer(status))).toEqual({ kind: 'delivered' })
    expect(judge(answer(status), 99)).toEqual({ kind: 'delivered' })
  })

  it.each([100, 199, 300, 301, 302, 304, 307, 308, 400, 401, 404, 409, 411, 429, 500, 503, 599, 999])(
    'answered %i is made again on the schedule, and at its end is dead',
    (status) => {
      expect(judge(answer(status))).toEqual({ kind: 'retry', waitMs: 500 })
      expect(judge(answer(status), 2)).toEqual({ kind: 'retry', waitMs: 1_000 })
      expect(judge(answer(status), 3)).toEqual({ kind: 'dead' })
    },
  )

  it.each<Fault>(['forbidden', 'dns', 'connect', 'tls', 'timeout', 'protocol'])(
    'that ended in a fault (%s) is made again on the schedule, and at its end is dead',
    (name) => {
      expect(judge(fault(name))).toEqual({ kind: 'retry', waitMs: 500 })
      expect(judge(fault(name), 3)).toEqual({ kind: 'dead' })
    },
  )

  it('answered 410 ends the subscription, at any attempt', () => {
    expect(judge(answer(410))).toEqual({ kind: 'gone' })
    expect(judge(answer(410), 3)).toEqual({ kind: 'gone' })
  })
})
