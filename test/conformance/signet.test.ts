/** The suite on Signet itself: nothing fails, and what it cannot show is named here. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestHub, type TestHub } from '../support/hub.ts'
import { CHECKS } from './checks.ts'
import { type Kind, kindOf, saidOf } from './results.ts'
import { run } from './run.ts'
import { SWIFT } from './swift.ts'

/** A denial needs an operator, or a topic's publisher; content in the body a source. */
const NOT_FROM_OUTSIDE = [
  'denial/parameters',
  'denial/callback-query',
  'denial/reason',
  'denial/final',
  'publishing/content-in-body',
]

let hub: TestHub

beforeAll(async () => {
  hub = await startTestHub({
    env: { SIGNET_TOPIC_ORIGINS: '*', SIGNET_RETRY_SCHEDULE: '1s,1s', SIGNET_LEASE_MIN: '1' },
  })
  await hub.admin.post('/tenants', { id: 'acme' })
})

afterAll(() => hub.close())

it('Signet fails no check, and passes all that can be seen from outside', { timeout: 240_000 }, async () => {
  const place = { hubUrl: `${hub.url}/hub`, ownTopic: `${hub.url}/topics/acme` }
  const results = await run(CHECKS, { ...SWIFT, ...place })
  const of = (kind: Kind) =>
    results
      .filter(({ outcome }) => kindOf(outcome) === kind)
      .map(({ check, outcome }) => ({ id: check.id, said: saidOf(outcome) }))
  expect(of('fail')).toEqual([])
  expect(of('not applicable').filter(({ id }) => !NOT_FROM_OUTSIDE.includes(id))).toEqual([])
  expect(results).toHaveLength(CHECKS.length)
})
