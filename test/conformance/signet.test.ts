/** The suite on Signet itself: nothing fails, and what it cannot show is named here. */
import { existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestHub, type TestHub } from '../support/hub.ts'
import { CHECKS } from './checks.ts'
import { kindOf, saidOf } from './results.ts'
import { run, type Result, select } from './run.ts'
import { SWIFT } from './swift.ts'

/** A denial needs an operator, or a topic's publisher; content in the body a source. */
const NOT_FROM_OUTSIDE = [
  'denial/parameters',
  'denial/callback-query',
  'denial/reason',
  'denial/final',
  'publishing/content-in-body',
]

/** In memory where there is such a place: what the hub says is tried here, not how fast a disk syncs. */
const ROOM = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

async function start(): Promise<TestHub> {
  const hub = await startTestHub({
    folder: mkdtempSync(join(ROOM, 'signet-conformance-')),
    env: {
      SIGNET_TOPIC_ORIGINS: '*',
      SIGNET_RETRY_SCHEDULE: '1s,1s',
      SIGNET_LEASE_MIN: '1',
    },
  })
  await hub.admin.post('/tenants', { id: 'acme' })
  return hub
}

/** Whether this version of the hub takes pages of others as topics. */
async function hasWebTopics(): Promise<boolean> {
  const hub = await start()
  try {
    const ping = { 'hub.mode': 'publish', 'hub.url': 'http://127.0.0.1:9/page' }
    const { status } = await hub.http.post('/hub').type('form').send(ping)
    if (status === 404)
      process.stderr.write('test/conformance: a ping for a web page was answered 404; most checks wait.\n')
    return status !== 404
  } finally {
    await hub.close()
  }
}

const webTopics = await hasWebTopics()

describe('Signet', () => {
  let hub: TestHub
  const runOn = (ids: readonly string[]): Promise<Result[]> =>
    run(select(CHECKS, ids), {
      ...SWIFT,
      hubUrl: `${hub.url}/hub`,
      ownTopic: `${hub.url}/topics/acme`,
    })

  beforeAll(async () => {
    hub = await start()
  })

  afterAll(() => hub.close())

  it('passes what is about its own addresses', async () => {
    const results = await runOn(['address'])
    expect(results.map(({ check, outcome }) => [check.id, outcome])).toEqual(
      results.map(({ check }) => [check.id, 'pass']),
    )
  })

  describe.skipIf(!webTopics)('with web topics', () => {
    it('fails no check, and passes all that can be seen from outside', { timeout: 60_000 }, async () => {
      const results = await runOn([])
      const others = results.filter(({ outcome }) => outcome !== 'pass')
      const said = others.map(({ check, outcome }) => `${check.id}: ${saidOf(outcome) ?? ''}`)
      expect(
        others.filter(({ outcome }) => kindOf(outcome) === 'fail').map(({ check }) => check.id),
        said.join('\n'),
      ).toEqual([])
      const open = others.map(({ check }) => check.id).filter((id) => !NOT_FROM_OUTSIDE.includes(id))
      expect(open, said.join('\n')).toEqual([])
    })
  })
})
