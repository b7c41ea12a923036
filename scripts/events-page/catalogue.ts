/** The events and claims of the catalogue, for the page. */
import type { CatalogueEvent, SubjectKind } from '../../src/core/event.ts'
import type { Catalogue } from '../../src/core/ports.ts'
import { code } from './markdown.ts'

const SUBJECTS: Record<SubjectKind, string> = {
  user: 'the user',
  'user and session': 'the user and the session, or the user alone when no session is named',
  'typed or user': 'what was typed, or the user when that is not told',
  resource: 'the thing it happened to',
  source: 'the source that told it',
}

interface ClaimsSchema {
  properties: Record<string, { description?: string }>
  required?: string[]
}

const claimsSchema = (event: CatalogueEvent, catalogue: Catalogue): ClaimsSchema =>
  catalogue.schema(event) as unknown as ClaimsSchema

/** The claims that every event may have. */
export function commonClaims(events: readonly CatalogueEvent[]): string[] {
  const [first, ...others] = events
  return (first?.claims ?? []).filter((name) => others.every(({ claims }) => claims.includes(name)))
}

/** Every claim that there is, with what it says; where two events say it in two ways, both. */
export function describedClaims(catalogue: Catalogue): string[][] {
  const described = new Map<string, Set<string>>()
  for (const event of catalogue.events) {
    for (const [name, { description }] of Object.entries(claimsSchema(event, catalogue).properties)) {
      const known = described.get(name) ?? new Set()
      described.set(name, description === undefined ? known : known.add(description))
    }
  }
  return [...described].map(([name, texts]) => [code(name), [...texts].join(' Or: ')])
}

export function eventSection(event: CatalogueEvent, catalogue: Catalogue, common: readonly string[]): string {
  const { required = [] } = claimsSchema(event, catalogue)
  const own = event.claims.filter((name) => !common.includes(name) || required.includes(name))
  const claims = own.map((name) => (required.includes(name) ? `**${code(name)}**` : code(name)))
  return [
    `### ${event.category}/${event.name}\n`,
    `${event.meaning}.\n`,
    `- URI: ${code(event.uri)}`,
    ...(event.alsoRoutedHere ? [`- Publishers' own URIs: ${event.alsoRoutedHere.map(code).join(', ')}`] : []),
    `- Subject: ${SUBJECTS[event.subject]}`,
    `- Claims: ${claims.join(', ')}`,
  ].join('\n')
}
