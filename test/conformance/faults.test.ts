/** Every check fails once the hub is wrong in its point. */
import { beforeAll, describe, expect, it } from 'vitest'
import { CHECKS } from './checks.ts'
import { run, type Result, select } from './run.ts'
import { SWIFT } from './swift.ts'
import { startWrongHub } from './wrong-hub.ts'
import { type Fault, FAULTS } from './wrong-hub/faults.ts'

const faults = Object.keys(FAULTS) as Fault[]
const results = new Map<Fault, Result[]>()

/** Most of the time goes by waiting for what does not come. */
const HUBS_AT_ONCE = 48

async function tryOn(fault: Fault): Promise<Result[]> {
  const hub = await startWrongHub(fault)
  const options = { ...SWIFT, patience: 2_500, hubUrl: hub.url, ownTopic: hub.ownTopic }
  try {
    return await run(select(CHECKS, FAULTS[fault]), options)
  } finally {
    await hub.close()
  }
}

beforeAll(async () => {
  const waiting = [...faults]
  const trying = async () => {
    for (let fault = waiting.shift(); fault !== undefined; fault = waiting.shift())
      results.set(fault, await tryOn(fault))
  }
  await Promise.all(Array.from({ length: HUBS_AT_ONCE }, trying))
}, 30_000)

describe('a hub that is wrong', () => {
  it.each(faults)('by "%s" is found out', (fault) => {
    const found = results.get(fault) ?? []
    expect(found).toHaveLength(FAULTS[fault].length)
    for (const { check, outcome } of found) {
      const failure = { fail: expect.not.stringMatching(/the suite itself|no answer: /) as string }
      expect(outcome, check.id).toEqual(failure)
    }
  })

  it('is there for every check', () => {
    const found = new Set<string>(Object.values(FAULTS).flat())
    expect(CHECKS.map(({ id }) => id).filter((id) => !found.has(id))).toEqual([])
  })
})
