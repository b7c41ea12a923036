import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Verdict } from '../../src/core/delivery.ts'
import {
  afterAttempt,
  afterTaking,
  type Ended,
  FAILURES_UNTIL_FAILING,
  mayTake,
  NEW_QUEUE,
  QUICK_MS,
  type QueueState,
} from '../../src/core/queue-state.ts'

const NOW = 1_700_000_000_000
const MINUTE = 60_000
const settings = { schedule: [5_000, 30_000, 120_000, 600_000], fraction: 0, maxWindow: 8 }

const delivered: Verdict = { kind: 'delivered' }
const failed: Verdict = { kind: 'retry', outcome: 'timeout', waitMs: 1 }
const rejected: Verdict = { kind: 'retry', outcome: 'rejected', waitMs: 1 }
const held = (holdMs: number): Verdict => ({ kind: 'retry', outcome: 'refused', waitMs: holdMs, holdMs })

const after = (state: QueueState, verdict: Verdict, ended: Partial<Ended> = {}) =>
  afterAttempt(state, { at: NOW, ms: 1, verdict, ...ended }, settings)
/** So many attempts that fail one after the other, a minute apart. */
function failing(times: number, from: QueueState = NEW_QUEUE): QueueState {
  let state = from
  for (let n = 0; n < times; n += 1) state = after(state, failed, { at: NOW + n * MINUTE })
  return state
}

describe('the window', () => {
  it('begins with one, and doubles with each answer that comes soon, up to the most', () => {
    let state = NEW_QUEUE
    const windows = [state.window]
    for (let n = 0; n < 5; n += 1) windows.push((state = after(state, delivered)).window)
    expect(windows).toEqual([1, 2, 4, 8, 8, 8])
    expect(mayTake(state, 3, NOW)).toBe(5)
    expect(mayTake(state, 8, NOW)).toBe(0)
    // It may have become smaller meanwhile.
    expect(mayTake({ ...state, window: 1 }, 8, NOW)).toBe(0)
  })

  it('is four at the most while answers are slow', () => {
    const slow = { ms: QUICK_MS + 1 }
    let state = NEW_QUEUE
    const windows: number[] = []
    for (let n = 0; n < 4; n += 1) windows.push((state = after(state, delivered, slow)).window)
    expect(windows).toEqual([2, 4, 4, 4])
    const wide = { ...NEW_QUEUE, window: 8, quick: true }
    expect(after(wide, delivered, slow)).toMatchObject({ window: 4, quick: false })
    expect(after(state, delivered)).toMatchObject({ window: 8, quick: true })
  })

  it.each([
    ['a failure', failed, 1],
    ['a slow failure', failed, 10_000],
    ['a receiver that asks to be left alone', held(1_000), 1],
  ])('is one again after %s', (_, verdict, ms) => {
    const wide = { ...NEW_QUEUE, window: 8, quick: true }
    expect(after(wide, verdict, { ms })).toMatchObject({ window: 1, quick: ms <= QUICK_MS })
  })

  it('grows with a receiver that says no, soon: it is there', () => {
    expect(after(NEW_QUEUE, rejected)).toMatchObject({ window: 2, quick: true })
    expect(after(NEW_QUEUE, { kind: 'gone' })).toMatchObject({ window: 2, quick: true })
  })
})

describe('failures', () => {
  it('are counted until there is an answer', () => {
    const state = failing(3)
    expect(state).toMatchObject({
      failures: 3,
      failedAt: NOW + 2 * MINUTE + 1,
      failingSince: null,
      gateAt: 0,
    })
    expect(after(state, delivered)).toMatchObject({ failures: 0, failingSince: null, draining: false })
  })

  it('of several that were under way at once count once', () => {
    const first = after(NEW_QUEUE, failed, { at: NOW, ms: 10_000 })
    expect(first).toMatchObject({ failures: 1, failedAt: NOW + 10_000 })
    const second = after(first, failed, { at: NOW + 9_999, ms: 10_000 })
    expect(second).toMatchObject({ failures: 1, failedAt: NOW + 10_000 })
    const third = after(second, failed, { at: NOW + 10_000, ms: 10_000 })
    expect(third).toMatchObject({ failures: 2, failedAt: NOW + 20_000 })
  })

  it('are no rejections: a receiver that says no to one SET is there', () => {
    const state = after(failing(4), rejected)
    expect(state).toMatchObject({ failures: 0, failingSince: null })
    expect(after(failing(4), { kind: 'dead', outcome: 'rejected' }).failures).toBe(0)
    expect(after(failing(9), rejected).failingSince).toBeNull()
  })

  it('are also what a receiver answers that asks to be left alone: what waits for it must not do so for ever', () => {
    const at = NOW + 9 * MINUTE
    const state = after(failing(4), held(10 * MINUTE), { at })
    expect(state).toMatchObject({ failures: 5, failingSince: at + 1, gateAt: at + 1 + 10 * MINUTE })
    // It is probed when both say so: not before it asked, nor more often than others.
    expect(after(failing(9), held(1_000), { at }).gateAt).toBe(at + 1 + 5 * MINUTE)
  })

  it('count also where the delivery is given up', () => {
    expect(after(failing(4), { kind: 'dead', outcome: 'timeout' }, { at: NOW + 9 * MINUTE })).toMatchObject({
      failures: 5,
      failingSince: NOW + 9 * MINUTE + 1,
    })
  })
})

describe('a receiver that asks to be left alone', () => {
  it('is, for as long as it asks, by everything', () => {
    const state = after(NEW_QUEUE, held(MINUTE), { ms: 5 })
    expect(state.gateAt).toBe(NOW + 5 + MINUTE)
    expect(mayTake(state, 0, NOW + 4 + MINUTE)).toBe(0)
    expect(mayTake(state, 0, NOW + 5 + MINUTE)).toBe(1)
  })

  it('is also where this delivery is given up', () => {
    const verdict: Verdict = { kind: 'dead', outcome: 'refused', holdMs: MINUTE }
    expect(after(NEW_QUEUE, verdict).gateAt).toBe(NOW + 1 + MINUTE)
  })

  it('is also where what was sent before it asked is delivered, and it was failing', () => {
    const at = NOW + 9 * MINUTE
    const state = after(failing(9), held(10 * MINUTE), { at })
    expect(after(state, delivered, { at: NOW, ms: 1 })).toMatchObject({
      ...{ failingSince: null, gateAt: state.gateAt },
    })
  })

  it('is not asked sooner because of another answer', () => {
    const state = after(NEW_QUEUE, held(MINUTE))
    expect(after(state, held(1_000)).gateAt).toBe(state.gateAt)
    expect(after(state, delivered).gateAt).toBe(state.gateAt)
    expect(after(state, failed).gateAt).toBe(state.gateAt)
  })
})

describe('a receiver that fails', () => {
  it('is failing after so many in a row, since then', () => {
    expect(failing(FAILURES_UNTIL_FAILING - 1).failingSince).toBeNull()
    const since = NOW + (FAILURES_UNTIL_FAILING - 1) * MINUTE + 1
    expect(failing(FAILURES_UNTIL_FAILING).failingSince).toBe(since)
    expect(failing(FAILURES_UNTIL_FAILING + 3).failingSince).toBe(since)
  })

  it('is probed by one at a time, at waits that grow to five minutes', () => {
    const waits = [0, 1, 2, 3, 4, 5].map((more) => {
      const state = failing(FAILURES_UNTIL_FAILING + more)
      return state.gateAt - state.failedAt
    })
    expect(waits).toEqual([2_500, 15_000, 60_000, 300_000, 300_000, 300_000])
    const state = failing(FAILURES_UNTIL_FAILING)
    expect(mayTake(state, 0, state.gateAt - 1)).toBe(0)
    expect(mayTake(state, 0, state.gateAt)).toBe(1)
    expect(mayTake(state, 1, state.gateAt)).toBe(0)
    expect(mayTake({ ...state, window: 8 }, 0, state.gateAt)).toBe(1)
  })

  it('is probed at the last wait of a schedule that is short, too', () => {
    const short = { ...settings, schedule: [1_000] }
    let state = NEW_QUEUE
    for (let n = 0; n < 9; n += 1)
      state = afterAttempt(state, { at: NOW + n * MINUTE, ms: 1, verdict: failed }, short)
    expect(state.gateAt - state.failedAt).toBe(500)
    const none = afterAttempt(
      failing(9),
      { at: NOW + 9 * MINUTE, ms: 1, verdict: failed },
      { ...short, schedule: [] },
    )
    expect(none.gateAt).toBeGreaterThanOrEqual(0)
  })

  it.each([
    ['delivers', delivered],
    ['rejects', rejected],
  ])('is back when a probe %s: what waited goes out from one on, at a bounded rate', (_, verdict) => {
    const state = after({ ...failing(9), window: 8 }, verdict, { at: NOW + 9 * MINUTE })
    expect(state).toMatchObject({
      ...{ window: 1, failures: 0, failingSince: null, draining: true, gateAt: 0 },
    })
  })
})

describe('draining', () => {
  const draining = { ...NEW_QUEUE, window: 8, quick: true, draining: true }

  it('lets 500 go out in a second, whatever the window', () => {
    let now = NOW
    let state: QueueState = draining
    let sent = 0
    while (now < NOW + 1_000) {
      const taken = mayTake(state, 0, now)
      sent += taken
      state = afterTaking(state, taken, now)
      now += 1
    }
    expect(sent).toBeGreaterThan(450)
    expect(sent).toBeLessThanOrEqual(508)
  })

  it('goes on while the receiver answers, and ends when it fails again', () => {
    expect(after(draining, delivered)).toMatchObject({ draining: true, window: 8 })
    expect(failing(FAILURES_UNTIL_FAILING, draining)).toMatchObject({ draining: false })
  })

  it('bounds nothing where nothing has waited, and nothing when nothing goes out', () => {
    expect(afterTaking({ ...draining, draining: false }, 5, NOW)).toMatchObject({ gateAt: 0 })
    expect(afterTaking(draining, 0, NOW)).toEqual(draining)
  })
})

it('never lets more go out than the window, nor holds anybody back for more than a probe’s wait by itself', () => {
  const verdict = fc.constantFrom(delivered, failed, rejected, { kind: 'gone' } as const)
  const attempt = fc.record({ verdict, ms: fc.nat(10_000), pause: fc.nat(1_000_000) })
  fc.assert(
    fc.property(fc.array(attempt), (attempts) => {
      let [state, now] = [NEW_QUEUE, NOW]
      for (const { verdict, ms, pause } of attempts) {
        state = after(state, verdict, { at: now, ms })
        now += ms
        expect(state.gateAt).toBeLessThanOrEqual(now + 5 * MINUTE)
        expect(state.window).toBeGreaterThanOrEqual(1)
        expect(mayTake(state, 0, now)).toBeLessThanOrEqual(settings.maxWindow)
        now += pause
      }
    }),
  )
})
