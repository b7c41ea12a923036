import { afterEach, describe, expect, it } from 'vitest'
import { type Job, startCrew } from '../../src/worker/crew.ts'
import { POLL_MS, type Pump } from '../../src/worker/pump.ts'
import { until } from '../support/until.ts'
import { failures, observer } from './observer.ts'

const clock = { now: Date.now }
let crew: Pump

afterEach(() => crew.stop())

/** A job with so many items to do, each of which ends when a test lets it. */
function heldJob(items: number, hands: number) {
  const waiting = Array.from({ length: items }, (_, n) => n)
  const underWay = new Map<number, PromiseWithResolvers<undefined>>()
  const limits: number[] = []
  let most = 0
  const job: Job<number> = {
    name: 'test',
    hands,
    timeoutMs: 1_000,
    claim: ({ limit }) => {
      limits.push(limit)
      return Promise.resolve(waiting.splice(0, limit))
    },
    nextDue: () => Promise.resolve(undefined),
    run: async (item) => {
      const held = Promise.withResolvers<undefined>()
      underWay.set(item, held)
      most = Math.max(most, underWay.size)
      await held.promise.finally(() => underWay.delete(item))
    },
  }
  return {
    job,
    waiting,
    underWay,
    limits,
    most: () => most,
    finish: () => underWay.forEach((held) => held.resolve(undefined)),
    /** Waits until exactly these are under way. */
    busyWith: (...expected: number[]) =>
      until(() => Promise.resolve(String([...underWay.keys()].sort()) === String(expected))),
  }
}

describe('a crew', () => {
  it('never has more under way than it has hands, and claims for the free ones alone', async () => {
    const { job, waiting, underWay, limits, most, busyWith, finish } = heldJob(7, 3)
    crew = startCrew(job, { clock, observer: observer() })
    await busyWith(0, 1, 2)
    underWay.get(1)?.resolve(undefined)
    await busyWith(0, 2, 3)
    while (waiting.length + underWay.size > 0) {
      finish()
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(most()).toBe(3)
    expect(limits.slice(0, 2)).toEqual([3, 1])
    expect(Math.min(...limits)).toBeGreaterThan(0)
  })

  it('takes up what a hint announces', async () => {
    const { job, waiting, busyWith, finish } = heldJob(0, 2)
    crew = startCrew(job, { clock, observer: observer() })
    await busyWith()
    waiting.push(9)
    crew.wake()
    await busyWith(9)
    finish()
  })

  it('takes up what falls due, without a hint', async () => {
    const { job, waiting, busyWith, finish } = heldJob(0, 2)
    const from = performance.now()
    crew = startCrew(
      { ...job, nextDue: () => Promise.resolve(clock.now() + 30) },
      { clock, observer: observer() },
    )
    waiting.push(9)
    await busyWith(9)
    expect(performance.now() - from).toBeLessThan(POLL_MS)
    finish()
  })

  it('does not spin while what is due cannot be claimed', async () => {
    const { job, limits } = heldJob(0, 2)
    crew = startCrew(
      { ...job, nextDue: () => Promise.resolve(clock.now() - 100) },
      { clock, observer: observer() },
    )
    const from = performance.now()
    await until(() => Promise.resolve(limits.length >= 2))
    expect(performance.now() - from).toBeGreaterThan(POLL_MS / 2)
  })

  it('reports an item that failed, and has its hand free again', async () => {
    const { job, waiting, underWay, busyWith, finish } = heldJob(1, 1)
    const watching = observer()
    crew = startCrew(job, { clock, observer: watching })
    await busyWith(0)
    const error = new Error('no store')
    waiting.push(1)
    underWay.get(0)?.reject(error)
    await busyWith(1)
    expect(failures(watching)).toEqual([{ pump: 'test', error }])
    finish()
  })

  it('stops once all that was claimed is settled, and claims nothing more', async () => {
    const { job, waiting, underWay, busyWith, finish } = heldJob(3, 2)
    crew = startCrew(job, { clock, observer: observer() })
    await busyWith(0, 1)
    let stopped = false
    const stopping = crew.stop().then(() => (stopped = true))
    underWay.get(0)?.resolve(undefined)
    await new Promise((resolve) => setImmediate(resolve))
    expect(stopped).toBe(false)
    finish()
    await stopping
    expect(waiting).toEqual([2])
  })
})
