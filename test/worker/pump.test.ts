import { setImmediate } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { POLL_MS, type Pump, startPump } from '../../src/worker/pump.ts'
import { failures, observer } from './observer.ts'

let pump: Pump

afterEach(() => pump.stop())

/** A step that a test lets end when it likes. */
function heldStep() {
  const calls: PromiseWithResolvers<number>[] = []
  const begun: PromiseWithResolvers<undefined>[] = []
  const call = (n: number) => (begun[n] ??= Promise.withResolvers())
  return {
    calls,
    /** Fulfilled once the step has been called for the nth time. */
    begins: (n: number) => call(n).promise,
    step: () => {
      const held = Promise.withResolvers<number>()
      calls.push(held)
      call(calls.length - 1).resolve(undefined)
      return held.promise
    },
  }
}

describe('a pump', () => {
  it('runs at once, and again at once while there is work', async () => {
    const { step, calls, begins } = heldStep()
    pump = startPump('test', step, observer())
    for (let n = 0; n < 3; n += 1) {
      await begins(n)
      calls[n]?.resolve(0)
    }
    await begins(3)
    calls[3]?.resolve(Infinity)
  })

  it('lets others have their turn while there is work', async () => {
    const from = performance.now()
    const elapsed = () => performance.now() - from
    pump = startPump('test', () => Promise.resolve(elapsed() < 1_000 ? 0 : Infinity), observer())
    await setImmediate()
    expect(elapsed()).toBeLessThan(500)
  })

  it('sleeps until it is woken', async () => {
    const { step, calls, begins } = heldStep()
    pump = startPump('test', step, observer())
    calls[0]?.resolve(Infinity)
    await setImmediate()
    expect(calls).toHaveLength(1)
    pump.wake()
    await begins(1)
    calls[1]?.resolve(Infinity)
  })

  it('does not sleep over a hint that comes during a step', async () => {
    const { step, calls, begins } = heldStep()
    pump = startPump('test', step, observer())
    await begins(0)
    pump.wake()
    const from = performance.now()
    calls[0]?.resolve(Infinity)
    await begins(1)
    expect(performance.now() - from).toBeLessThan(POLL_MS / 2)
    calls[1]?.resolve(Infinity)
  })

  it('looks again by itself, when the time has come and whatever hint was lost', async () => {
    const { step, calls, begins } = heldStep()
    pump = startPump('test', step, observer())
    calls[0]?.resolve(20)
    const from = performance.now()
    await begins(1)
    expect(performance.now() - from).toBeLessThan(POLL_MS)
    calls[1]?.resolve(Infinity)
    await begins(2)
    calls[2]?.resolve(Infinity)
  })

  it('reports what a step throws, waits and tries again', async () => {
    const { step, calls, begins } = heldStep()
    const watching = observer()
    pump = startPump('test', step, watching)
    const error = new Error('no store')
    calls[0]?.reject(error)
    await setImmediate()
    expect(failures(watching)).toEqual([{ pump: 'test', error }])
    expect(calls).toHaveLength(1)
    pump.wake()
    await begins(1)
    calls[1]?.resolve(Infinity)
  })

  it('stops once the step under way has ended, and takes no other', async () => {
    const { step, calls } = heldStep()
    pump = startPump('test', step, observer())
    let stopped = false
    const stopping = pump.stop().then(() => (stopped = true))
    await setImmediate()
    expect(stopped).toBe(false)
    calls[0]?.resolve(0)
    await stopping
    pump.wake()
    await setImmediate()
    expect(calls).toHaveLength(1)
  })

  it('stops at once out of its sleep', async () => {
    pump = startPump('test', () => Promise.resolve(Infinity), observer())
    await setImmediate()
    const from = performance.now()
    await pump.stop()
    expect(performance.now() - from).toBeLessThan(POLL_MS / 2)
  })
})
