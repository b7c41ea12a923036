/** A hub that does as it should passes every check, and every check fails once the hub is wrong in its point. */
import { beforeAll, describe, expect, it } from 'vitest'
import type { Check } from './check.ts'
import { CHECKS } from './checks.ts'
import type { Options } from './options.ts'
import { saidOf } from './results.ts'
import { failed, run, type Result, select } from './run.ts'
import { SWIFT } from './swift.ts'
import { startWrongHub } from './wrong-hub.ts'
import { type Fault, FAULTS } from './wrong-hub/faults.ts'

const faults = Object.keys(FAULTS) as Fault[]
const results = new Map<Fault, Result[]>()
let right: Result[]

type Waits = Pick<Options, 'patience' | 'quiet'>

/** What should not come is seen as soon as it comes, however long that takes: nothing is waited for in full. */
const GENEROUS: Waits = { patience: 60_000, quiet: 20_000 }
/** What should come, and does not, is waited for. */
const SHORT: Waits = { patience: 5_000, quiet: 2_000 }
const DID_NOT_COME =
  /^no (delivery|verification|answer)|^not (tried|taken)|^what came instead|not delivered| of 500/

const waitsFor = (fault: Fault): Waits =>
  Object.values(FAULTS[fault]).some((reason) => DID_NOT_COME.test(reason)) ? SHORT : GENEROUS

const HUBS_AT_ONCE = 48

async function tryOn(checks: readonly Check[], options: Partial<Waits>, ...wrong: Fault[]) {
  const hub = await startWrongHub(...wrong)
  try {
    return await run(checks, { ...SWIFT, ...options, hubUrl: hub.url, ownTopic: hub.ownTopic })
  } finally {
    await hub.close()
  }
}

beforeAll(async () => {
  // Those that wait come first, and leave room to the others.
  const waiting = faults.toSorted((a, b) => waitsFor(a).patience - waitsFor(b).patience)
  const trying = async () => {
    for (let fault = waiting.shift(); fault !== undefined; fault = waiting.shift())
      results.set(fault, await tryOn(select(CHECKS, Object.keys(FAULTS[fault])), waitsFor(fault), fault))
  }
  const all = Promise.all(Array.from({ length: HUBS_AT_ONCE }, trying))
  right = await tryOn(CHECKS, {})
  await all
}, 240_000)

it('a hub without a fault passes every check', () => {
  expect(right.filter(({ outcome }) => !('pass' in outcome))).toEqual([])
  expect(right.map(({ check }) => check)).toEqual(CHECKS)
})

it('every check has an id of its own', () => {
  expect(new Set(CHECKS.map(({ id }) => id)).size).toBe(CHECKS.length)
})

describe('a hub that is wrong', () => {
  it.each(faults)('by "%s" is found out, for this and no other reason', (fault) => {
    const reasons: Record<string, string> = FAULTS[fault]
    const found = results.get(fault) ?? []
    expect(found.map(({ check }) => check.id).sort()).toEqual(Object.keys(reasons).sort())
    for (const result of found) {
      expect(failed(result), result.check.id).toBe(true)
      expect(saidOf(result.outcome), result.check.id).toContain(reasons[result.check.id])
    }
  })

  it('is there for every check', () => {
    const found = new Set(Object.values(FAULTS).flatMap((reasons) => Object.keys(reasons)))
    expect(CHECKS.map(({ id }) => id).filter((id) => !found.has(id))).toEqual([])
  })
})
