/**
 * Random lives of subscriptions, on the engine as it is: whatever happens, nothing that is owed is lost, nothing is
 * sent twice without a reason, and nothing waits where nobody looks. `SIGNET_TEST_LIVES` says how many; `SIGNET_TEST_SEED`
 * repeats the moves of one, though not to the microsecond what the engine does between them.
 */
import { expect, it } from 'vitest'
import { seed } from '../faults/seeded.ts'
import { playLife } from './life.ts'

const LIVES = Number(process.env.SIGNET_TEST_LIVES ?? 3)
const STEPS = 150

it.each(Array.from({ length: LIVES }, (_, n) => seed + n))('seed %i', { timeout: 120_000 }, async (from) => {
  process.stdout.write(`engine: SIGNET_TEST_SEED=${from}\n`)
  const { broken, lost, unrecorded, failures, figures } = await playLife(from, STEPS)
  process.stdout.write(`engine: ${JSON.stringify(figures)}\n`)
  expect({ broken, lost, unrecorded, failures }).toEqual({
    broken: [],
    lost: [],
    unrecorded: [],
    failures: [],
  })
  expect(figures.attempts).toBeGreaterThan(0)
})
