/** Every request in the pages on connecting a provider is tried against a real hub, and prints what they say. */
import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { providers } from '../../src/providers/index.ts'
import { startTestHub } from '../support/hub.ts'
import { has, settled, trials, tryAll } from './page-blocks.ts'

const pages = readdirSync(new URL('../../docs/connect/', import.meta.url)).sort()

it('there is a page for every provider that has words of its own', () => {
  const named = [...providers.keys()].filter((name) => name !== 'json')
  expect(pages).toEqual(named.map((name) => `${name}.md`).sort())
})

const missing = ['bash', 'curl', 'openssl'].filter((tool) => !has(tool))
if (missing.length > 0)
  process.stderr.write(`docs/connect is not tried: there is no ${missing.join(', no ')} here\n`)

describe.skipIf(missing.length > 0)('docs/connect', () => {
  it.each(pages)('%s', { timeout: 60_000 }, async (page) => {
    const all = trials(`docs/connect/${page}`)
    expect(all.filter(({ commands }) => commands.includes('curl ')).length).toBeGreaterThan(3)
    const hub = await startTestHub({ env: { SIGNET_ADMIN_TOKEN: 'let-me-administer' } })
    const printed = await tryAll(
      all.map(({ commands }) => commands),
      hub.url,
    )
    await hub.close()
    expect(printed).toHaveLength(all.length)
    all.forEach(({ shown }, index) => {
      if (shown !== undefined) expect(settled(printed[index] ?? '', hub.url)).toBe(settled(shown, hub.url))
    })
  })
})
