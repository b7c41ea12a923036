/** What waits is estimated between two counts, and above the limit nothing more is taken in. */
import { describe, expect, it } from 'vitest'
import type { Waiting } from '../../src/core/delivery-ports.ts'
import type { Observer } from '../../src/core/ports.ts'
import { createBacklogLimit, type BacklogLimit } from '../../src/flow/limit-backlog.ts'

type Count = Partial<Pick<Waiting, 'deliveries' | 'toCome'>>

/** A hub where at most ten may wait, whose count says what it is told to. */
async function hub(first: Count = {}) {
  let next: Count = first
  const told: Waiting[] = []
  const hooks = { during: () => undefined as unknown }
  const backlog = {
    measure: () => {
      hooks.during()
      const none = { deliveries: 0, toCome: 0, retries: 0, failingSubscriptions: 0, ms: 0 }
      return Promise.resolve({ ...none, ...next })
    },
  }
  const backlogLimit = createBacklogLimit(backlog, 10)
  const count = (counted: Count): Promise<Waiting> => {
    next = counted
    return backlogLimit.measure({ measured: (waiting) => void told.push(waiting) })
  }
  await count(first)
  return { backlogLimit, count, told, hooks }
}

const isFull = (backlogLimit: BacklogLimit): boolean => {
  try {
    backlogLimit.require()
    return false
  } catch (error) {
    expect(error).toMatchObject({ name: 'Refusal', code: 'overloaded' })
    return true
  }
}

const accept = ({ observer }: BacklogLimit, events: number) =>
  observer.accepted({
    source: 's',
    native: 'n',
    events: Array.from({ length: events }, () => 'login/failed'),
  })

const make = ({ observer }: BacklogLimit, deliveries: number) =>
  observer.fannedOut({ topic: 't', deliveries })

function attempt({ observer }: BacklogLimit, ...verdicts: Parameters<Observer['attempted']>[0]['verdict'][]) {
  const of = { delivery: 'd', subscription: 's', host: 'h', attempt: 1, outcome: 'refused', ms: 1 } as const
  for (const verdict of verdicts) observer.attempted({ ...of, verdict })
}

describe('a count', () => {
  it.each<[Count, boolean]>([
    [{}, false],
    [{ deliveries: 10 }, false],
    [{ deliveries: 11 }, true],
    [{ toCome: 11 }, true],
    [{ deliveries: 5, toCome: 5 }, false],
    [{ deliveries: 6, toCome: 5 }, true],
  ])('of %o is too much: %o', async (counted, expected) => {
    const { backlogLimit, told } = await hub(counted)
    expect(isFull(backlogLimit)).toBe(expected)
    expect(told).toMatchObject([counted])
  })

  it('takes the place of the one before, and of what was estimated', async () => {
    const { backlogLimit, count } = await hub({ deliveries: 11 })
    make(backlogLimit, 100)
    await count({ deliveries: 10 })
    expect(isFull(backlogLimit)).toBe(false)
    await count({ deliveries: 11 })
    expect(isFull(backlogLimit)).toBe(true)
  })

  it('may or may not have seen what was told meanwhile: that is waiting', async () => {
    const { backlogLimit, count, hooks } = await hub()
    hooks.during = () => make(backlogLimit, 6)
    await count({ deliveries: 5 })
    expect(isFull(backlogLimit)).toBe(true)
  })

  it('may still have seen what ended meanwhile', async () => {
    const { backlogLimit, count, hooks } = await hub()
    hooks.during = () => attempt(backlogLimit, 'delivered')
    await count({ deliveries: 11 })
    expect(isFull(backlogLimit)).toBe(true)
  })
})

describe('since the count', () => {
  it('what was made waits, and what ended does not', async () => {
    const { backlogLimit } = await hub({ deliveries: 5 })
    make(backlogLimit, 5)
    expect(isFull(backlogLimit)).toBe(false)
    make(backlogLimit, 1)
    expect(isFull(backlogLimit)).toBe(true)
    attempt(backlogLimit, 'delivered')
    expect(isFull(backlogLimit)).toBe(false)
    make(backlogLimit, 2)
    attempt(backlogLimit, 'gone', 'dead')
    expect(isFull(backlogLimit)).toBe(false)
  })

  it('what is to be tried again waits', async () => {
    const { backlogLimit } = await hub({ deliveries: 11 })
    attempt(backlogLimit, 'retry', 'retry')
    expect(isFull(backlogLimit)).toBe(true)
  })

  it('an event that is accepted will bring what those before it brought', async () => {
    const { backlogLimit, count } = await hub()
    accept(backlogLimit, 2)
    make(backlogLimit, 6)
    // Two more are made, and two are to come: five each.
    await count({ deliveries: 0, toCome: 4 })
    accept(backlogLimit, 1)
    expect(isFull(backlogLimit)).toBe(false)
    accept(backlogLimit, 1)
    expect(isFull(backlogLimit)).toBe(true)
  })

  it('contents and pages that changed are events too', async () => {
    const { backlogLimit, count } = await hub()
    accept(backlogLimit, 1)
    make(backlogLimit, 5)
    await count({ deliveries: 0 })
    const page = { topic: 't', attempt: 1, ms: 1 } as const
    backlogLimit.observer.fetched({ ...page, outcome: 'unchanged' })
    backlogLimit.observer.fetched({ ...page, outcome: 'retry' })
    backlogLimit.observer.fetched({ ...page, outcome: 'changed' })
    backlogLimit.observer.relayed({ source: 's', topic: 't', native: 'n' })
    expect(isFull(backlogLimit)).toBe(false)
    backlogLimit.observer.relayed({ source: 's', topic: 't', native: 'n' })
    expect(isFull(backlogLimit)).toBe(true)
  })

  it('what is made of an event is not counted beside what it was to bring', async () => {
    const { backlogLimit, count } = await hub()
    accept(backlogLimit, 1)
    make(backlogLimit, 5)
    await count({ deliveries: 0 })
    accept(backlogLimit, 2)
    make(backlogLimit, 10)
    expect(isFull(backlogLimit)).toBe(false)
  })

  it('a burst is not forgotten at once for a quiet time', async () => {
    const { backlogLimit, count } = await hub()
    accept(backlogLimit, 1)
    make(backlogLimit, 10)
    await count({ deliveries: 0 })
    await count({ deliveries: 0 })
    accept(backlogLimit, 1)
    await count({ deliveries: 0 })
    // Nine each are reckoned with, though the last brought nothing.
    accept(backlogLimit, 2)
    expect(isFull(backlogLimit)).toBe(true)
  })
})
