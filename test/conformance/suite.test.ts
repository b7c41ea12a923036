/** The suite on a hub that is not Signet: it knows nothing of what it is run on. */
import { expect, it } from 'vitest'
import { CHECKS } from './checks.ts'
import { run } from './run.ts'
import { SWIFT } from './swift.ts'
import { startWrongHub } from './wrong-hub.ts'

it('a hub without a fault passes every check', { timeout: 30_000 }, async () => {
  const hub = await startWrongHub()
  try {
    const results = await run(CHECKS, { ...SWIFT, hubUrl: hub.url, ownTopic: hub.ownTopic })
    const others = results.filter(({ outcome }) => outcome !== 'pass')
    expect(others.map(({ check, outcome }) => ({ id: check.id, outcome }))).toEqual([])
    expect(results.map(({ check }) => check)).toEqual(CHECKS)
  } finally {
    await hub.close()
  }
})

it('every check has an id of its own', () => {
  expect(new Set(CHECKS.map(({ id }) => id)).size).toBe(CHECKS.length)
})
