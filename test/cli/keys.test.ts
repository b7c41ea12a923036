/** `signet keys`, on a hub that runs. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ADMIN_TOKEN, startTestHub, type TestHub } from '../support/hub.ts'
import { printed } from './terminal.ts'

let hub: TestHub

beforeAll(async () => {
  hub = await startTestHub()
})
afterAll(() => hub.close())

const keys = (...args: string[]): Promise<string> =>
  printed(['keys', ...args], '', {
    SIGNET_URL: `http://127.0.0.1:${hub.port}/`,
    SIGNET_ADMIN_TOKEN: ADMIN_TOKEN,
  })

const states = (output: string): Partial<Record<string, string>> =>
  Object.fromEntries<string>(
    output
      .trim()
      .split('\n')
      .map((line) => line.split(/\s+/))
      .map(([kid = '', , state = '']) => [state, kid]),
  )

it('lists, rotates and revokes', async () => {
  const before = states(await keys())
  expect(Object.keys(before).sort()).toEqual(['active', 'next'])
  const rotated = states(await keys('rotate'))
  expect(rotated).toMatchObject({ active: before.next, retired: before.active })
  const revoked = states(await keys('revoke', before.active ?? ''))
  expect(revoked.removed).toBe(before.active)
  const json = JSON.parse(await keys('list', '--json')) as object[]
  expect(json).toHaveLength(3)
})

it('passes on what the hub says', async () => {
  await expect(keys('revoke', 'nope')).rejects.toThrow(
    'The hub answered 404: There is no signing key of that kid.',
  )
})

it.each([['turn'], ['rotate', 'x'], ['revoke'], ['list', 'a', 'b']])(
  'says how it is typed: %s %s',
  async (...args) => {
    await expect(keys(...args)).rejects.toThrow(/^Say "signet keys list"/)
  },
)

it('says what it needs of its environment', async () => {
  await expect(printed(['keys'])).rejects.toThrow(/^Set SIGNET_ADMIN_TOKEN/)
  const nowhere = { SIGNET_URL: 'http://127.0.0.1:1', SIGNET_ADMIN_TOKEN: ADMIN_TOKEN }
  await expect(printed(['keys'], '', nowhere)).rejects.toThrow(
    'No hub can be reached at http://127.0.0.1:1; is it running, and is SIGNET_URL right?',
  )
})
