/** A hub that does as it should passes every check, and every check fails once the hub is wrong in its point. */
import { beforeAll, describe, expect, it } from 'vitest'
import type { Check } from './check.ts'
import { CHECKS } from './checks.ts'
import { saidOf } from './results.ts'
import { failed, run, type Result, select } from './run.ts'
import { SWIFT } from './swift.ts'
import { startWrongHub } from './wrong-hub.ts'
import { type Fault, FAULTS } from './wrong-hub/faults.ts'

const faults = Object.keys(FAULTS) as Fault[]
const results = new Map<Fault, Result[]>()
let right: Result[]

/** What should not come is seen as soon as it comes; what should, and does not, is waited for in full. */
const PATIENCE = { patience: 5_000, quiet: 2_000 }

async function tryOn(checks: readonly Check[], options: Partial<typeof PATIENCE>, ...wrong: Fault[]) {
  const hub = await startWrongHub(...wrong)
  try {
    return await run(checks, { ...SWIFT, ...options, hubUrl: hub.url, ownTopic: hub.ownTopic })
  } finally {
    await hub.close()
  }
}

// All at once: nearly all of the time goes by waiting.
beforeAll(async () => {
  const trying = faults.map(async (fault) => {
    results.set(fault, await tryOn(select(CHECKS, Object.keys(FAULTS[fault])), PATIENCE, fault))
  })
  right = await tryOn(CHECKS, {})
  await Promise.all(trying)
}, 90_000)

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
