/** The page on conformance names all checks, and nothing that is not there. */
import { existsSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { CHECKS } from '../conformance/checks.ts'

const ROOT = new URL('../../', import.meta.url)
const page = readFileSync(new URL('docs/conformance.md', ROOT), 'utf8')

/** By number: what stands under each point. */
const points = new Map(
  page
    .split(/^### /m)
    .slice(1)
    .map((text) => [Number.parseInt(text, 10), text]),
)

/** The lines that name a file of tests and titles in it. */
const named = [...page.matchAll(/^- `(test\/[^`]+)`: (.+)$/gm)].map(([, file = '', titles = '']) => ({
  file,
  titles: [...titles.matchAll(/“([^”]+)”/g)].map(([, title = '']) => title),
}))

const checksIn = (text: string): string[] =>
  [...text.matchAll(/^- Checks: (.+)$/gm)].flatMap(([, ids = '']) =>
    [...ids.matchAll(/`([^`]+)`/g)].map(([, id = '']) => id),
  )

it('has 24 points, in order', () => {
  expect([...points.keys()]).toEqual(Array.from({ length: 24 }, (_, i) => i + 1))
})

it('names each check once, and none that is not there', () => {
  expect(checksIn(page).sort()).toEqual(CHECKS.map(({ id }) => id).sort())
})

it('names each check under its point', () => {
  for (const { id, point } of CHECKS.filter((check) => check.point <= 24))
    expect(checksIn(points.get(point) ?? ''), `point ${point}`).toContain(id)
})

it('shows every point by a check', () => {
  for (const [point, text] of points) expect(checksIn(text), `point ${point}`).not.toEqual([])
})

it.each([...new Set([...page.matchAll(/`(test\/[^`]+\.ts)`/g)].map(([, file = '']) => file))])(
  '%s exists',
  (file) => {
    expect(existsSync(new URL(file, ROOT))).toBe(true)
  },
)

it.each(named)('$file has the tests that are named: $titles', ({ file, titles }) => {
  const source = readFileSync(new URL(file, ROOT), 'utf8')
  expect(titles.length).toBeGreaterThan(0)
  // A title is a string of its own: a part of another one does not count.
  const missing = titles.filter(
    (title) => !["'", '"', '`'].some((quote) => source.includes(quote + title + quote)),
  )
  expect(missing).toEqual([])
})
