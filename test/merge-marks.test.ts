/** What a merge could not decide is decided by a person, not left in the file. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** What is not of the repository. */
const ignored = new Set(['.git', ...readFileSync(join(ROOT, '.gitignore'), 'utf8').trim().split('\n')])

function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !ignored.has(name))
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return filesIn(path)
      return entry.isFile() ? [path] : []
    })
}

/** At the beginning of a line, whatever a formatter made of it: a cell of a table, a quotation in quotations. */
const MARK = /^[\s|>]*(<{7}|={7}|\|{7}|(> ?){7})(\s|$)/

const marksIn = (text: string): string[] => text.split('\n').filter((line) => MARK.test(line))

it.each([
  ['<'.repeat(7) + ' HEAD', true],
  ['='.repeat(7), true],
  ['>'.repeat(7) + ' 0a68cc4', true],
  ['|'.repeat(7) + ' merged common ancestors', true],
  [`| ${'<'.repeat(7)} HEAD |`, true],
  [`| ${'='.repeat(7)}      |`, true],
  ['> '.repeat(7) + '0a68cc4', true],
  ['> '.repeat(7) + '| `/events` | the catalogue |', true],
  ['='.repeat(12), false],
  ['> > a quotation in a quotation', false],
  ['const text = `' + '='.repeat(7) + '`', false],
])('%j is a mark: %s', (line, is) => {
  expect(marksIn(line)).toEqual(is ? [line] : [])
})

it('no file has one', () => {
  const files = filesIn(ROOT)
  expect(files).toContain(join(ROOT, 'README.md'))
  const found = files.flatMap((path) =>
    marksIn(readFileSync(path, 'latin1')).map((line) => `${relative(ROOT, path)}: ${line}`),
  )
  expect(found).toEqual([])
})
