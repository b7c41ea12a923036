import { describe, expect, it } from 'vitest'
import type { DocumentRequest } from '../../src/core/ports.ts'
import { createPublisherKeys } from '../../src/keys/publisher-keys.ts'
import { makeKey } from '../support/publisher.ts'

const URL = 'https://idp.example/jwks'
const header = (kid: string) => ({ alg: 'ES256', kid })

/** A publisher that shows one key, a clock to turn, and what was asked for. */
function rig() {
  const asked: DocumentRequest[] = []
  const body = Buffer.from(JSON.stringify({ keys: [makeKey('known').jwk] }))
  const state = { now: 1_700_000_000_000, status: 200 }
  const keys = createPublisherKeys(
    {
      read(request) {
        asked.push(request)
        return Promise.resolve({ kind: 'answer', status: state.status, body, ms: 1 })
      },
    },
    { now: () => state.now },
  )
  const find = (kid: string) =>
    keys.find(URL, header(kid)).then(
      () => 'found',
      (error: unknown) => (error as { code: string }).code,
    )
  return { find, asked, state }
}

describe('the keys at an address', () => {
  it('are asked for once, and once more for a key that is not among them', async () => {
    const { find, asked } = rig()
    expect(await find('known')).toBe('found')
    expect(await find('known')).toBe('found')
    expect(asked).toHaveLength(1)
    expect(await find('unknown')).toBe('ERR_JWKS_NO_MATCHING_KEY')
    expect(asked).toHaveLength(2)
  })

  it('are not asked for twice when the first look was for a key that is not there', async () => {
    const { find, asked } = rig()
    expect(await find('unknown')).toBe('ERR_JWKS_NO_MATCHING_KEY')
    expect(asked).toHaveLength(1)
  })

  it('are asked for five times at once and then every ten seconds, found or not', async () => {
    const { find, asked, state } = rig()
    for (let n = 0; n < 20; n++) await find('unknown')
    expect(asked).toHaveLength(5)
    expect(await find('unknown')).toBe('unavailable')
    expect(await find('known')).toBe('found')
    state.now += 10_000
    expect(await find('unknown')).toBe('ERR_JWKS_NO_MATCHING_KEY')
    expect(await find('unknown')).toBe('unavailable')
    expect(asked).toHaveLength(6)
  })

  it('are asked for at the same pace while they cannot be had', async () => {
    const { find, asked, state } = rig()
    state.status = 500
    for (let n = 0; n < 20; n++) expect(await find('known')).toBe('unavailable')
    expect(asked).toHaveLength(5)
    state.now += 10_000
    state.status = 200
    expect(await find('known')).toBe('found')
  })

  it('are asked for anew when they are old, and when the clock was set back', async () => {
    const { find, asked, state } = rig()
    await find('known')
    state.now += 600_001
    await find('known')
    expect(asked).toHaveLength(2)
    for (let n = 0; n < 10; n++) await find('unknown')
    state.now -= 3_600_000
    expect(await find('known')).toBe('found')
    expect(asked).toHaveLength(7)
  })
})
