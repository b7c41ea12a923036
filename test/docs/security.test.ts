/** What SECURITY.md and docs/hardening.md rely on is there. */
import { existsSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { toConfig } from '../../src/config.ts'

const root = new URL('../../', import.meta.url)
const page = (path: string): string => readFileSync(new URL(path, root), 'utf8')

it('every test that is said to hold something exists', () => {
  const named =
    page('SECURITY.md')
      .match(/`test\/[^`]+`/g)
      ?.map((each) => each.slice(1, -1)) ?? []
  expect(named.length).toBeGreaterThan(20)
  expect(named.filter((path) => !existsSync(new URL(path, root)))).toEqual([])
})

it.each(['SECURITY.md', 'docs/hardening.md', 'docs/operating.md'])(
  'every setting that %s names is one',
  (path) => {
    const named = new Set(page(path).match(/\bSIGNET_[A-Z_]+\b(?!_)/g) ?? [])
    // An empty value is no value: what is known is not warned of.
    const env = Object.fromEntries([...named].map((name) => [name, '']))
    expect(toConfig(env).warnings).toEqual([])
  },
)
