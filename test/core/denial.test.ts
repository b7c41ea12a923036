import { describe, expect, it } from 'vitest'
import { denialUrl } from '../../src/core/denial.ts'
import type { Exchange } from '../../src/core/exchange.ts'
import { judgeIntent } from '../../src/core/verification.ts'

const answer = (status: number): Exchange => ({ kind: 'answer', status, body: Buffer.alloc(0), ms: 1 })
const fault = (kind: 'timeout' | 'forbidden'): Exchange => ({
  kind: 'fault',
  fault: kind,
  detail: 'x',
  ms: 1,
})

describe('a denial', () => {
  it('is told behind the callback’s own query, which stays as it is (WebSub §5.2)', () => {
    const url = denialUrl({
      id: '1',
      mode: 'denied',
      topic: 'myorg.a&b',
      callback: 'https://cb.example/%7e?a=%20&a=+',
      reason: 'it is over',
      attempts: 0,
    })
    expect(url).toBe(
      'https://cb.example/%7e?a=%20&a=+&hub.mode=denied&hub.topic=myorg.a%26b&hub.reason=it%20is%20over',
    )
  })

  it.each([200, 204])('is heard when the callback answers %d', (status) => {
    expect(judgeIntent(answer(status), undefined, 1, 0.5)).toEqual({ kind: 'confirmed' })
  })

  it.each([302, 404, 410])('is not told again when the callback answers %d', (status) => {
    expect(judgeIntent(answer(status), undefined, 1, 0.5)).toMatchObject({ kind: 'refused' })
  })

  it('is not told again where the guard forbids it', () => {
    expect(judgeIntent(fault('forbidden'), undefined, 1, 0.5)).toMatchObject({ kind: 'refused' })
  })

  it.each([answer(500), fault('timeout')])('is told again a few times when nobody heard it', (exchange) => {
    expect(judgeIntent(exchange, undefined, 1, 0.5)).toMatchObject({ kind: 'retry', waitMs: 1_500 })
    expect(judgeIntent(exchange, undefined, 4, 0.5)).toMatchObject({ kind: 'refused' })
  })
})
