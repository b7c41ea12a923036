/** The generated page is the one that follows from `schema/`, and leaves nothing out. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { eventsPage } from '../../scripts/events-page/page.ts'
import { anchor } from '../../scripts/events-page/markdown.ts'
import { providers } from '../../src/providers/index.ts'
import { catalogue } from '../providers/fixture.ts'
import { EVERY_EVENT } from '../providers/plausible.ts'

const kept = readFileSync(new URL('../../docs/events.md', import.meta.url), 'utf8')
const lines = kept.split('\n')
const mapped = [...providers.keys()].filter((name) => catalogue.mapping(name) !== undefined)

describe('docs/events.md', () => {
  it('is fresh; if not, run: npm run docs', () => {
    expect(eventsPage(catalogue, mapped) === kept).toBe(true)
  })

  it('has every event with its URI', () => {
    for (const { category, name, uri } of catalogue.events) {
      const heading = lines.indexOf(`### ${category}/${name}`)
      expect(heading).toBeGreaterThan(0)
      expect(lines.slice(heading, heading + 6)).toContain(`- URI: \`${uri}\``)
    }
  })

  it.each(mapped)('has every native event of %s', (provider) => {
    const section = kept.slice(kept.indexOf(`\n### ${provider}\n`))
    const natives = EVERY_EVENT.filter(([of]) => of === provider).map(([, native]) => native)
    expect(natives.length).toBeGreaterThan(20)
    expect(natives.filter((native) => !section.includes(`\n| \`${native}\` |`))).toEqual([])
  })

  it('marks required claims', () => {
    const failed = lines.indexOf('### login/failed')
    expect(lines.slice(failed, failed + 8).join('\n')).toContain('**`failure`**')
  })

  it('has tables whose rows are as wide as their heads', () => {
    const width = (line: string): number => line.split(/(?<!\\)\|/).length
    lines.forEach((line, index) => {
      if (line.startsWith('|') && lines[index - 1]?.startsWith('|')) {
        expect([line, width(line)]).toEqual([line, width(lines[index - 1] ?? '')])
      }
    })
  })

  it('links to headings that are there', () => {
    const anchors = new Set(
      lines.filter((line) => /^#+ /.test(line)).map((line) => anchor(line.replace(/^#+ /, ''))),
    )
    const targets = [...kept.matchAll(/\]\((#[^)]*)\)/g)].map(([, target]) => target)
    expect(targets.filter((target) => !anchors.has(target ?? ''))).toEqual([])
  })
})
