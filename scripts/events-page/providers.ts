/** What the native events of the providers become, for the page. */
import { conditionsInWords } from '../../src/cli/condition-words.ts'
import type { CatalogueEvent } from '../../src/core/event.ts'
import type { Emission, NativeMapping, ProviderMapping } from '../../src/core/mapping.ts'
import type { Catalogue } from '../../src/core/ports.ts'
import { code, link, table } from './markdown.ts'

/** The names that yield an event; starred when they do so on a condition. */
export function nativesYielding(event: CatalogueEvent, mapping: ProviderMapping | undefined): string[] {
  return [...(mapping?.events.values() ?? [])].flatMap(({ native, rules }) => {
    const yielding = rules.filter(({ emit }) => emit.some((emission) => emission.event === event))
    if (yielding.length === 0) return []
    return code(shortName(native)) + (yielding.length < rules.length || isConditional(rules) ? '*' : '')
  })
}

const isConditional = (rules: NativeMapping['rules']): boolean =>
  rules.every(({ when }) => Object.keys(when).length > 0)

const shortName = (native: string): string => native.split('/event-type/').at(-1) ?? native

export function providerSection(provider: string, catalogue: Catalogue): string {
  const mapping = catalogue.mapping(provider)
  const natives = [...(mapping?.events.values() ?? [])]
  return [
    `### ${provider}`,
    ...(mapping?.note === undefined ? [] : [mapping.note]),
    `${natives.length} native events.`,
    table(['native event', 'when', 'becomes', 'note'], natives.flatMap(rows)),
  ].join('\n\n')
}

/** A row for each rule; the name and the note stand in the first. */
function rows({ native, note = '', rules }: NativeMapping): string[][] {
  return rules.map((rule, index) => [
    index === 0 ? code(native) : '',
    conditions(conditionsInWords(rule), index),
    rule.emit.map(emitted).join(' and '),
    index === 0 ? note : '',
  ])
}

const conditions = (words: string, index: number): string =>
  words === '' ? (index === 0 ? '' : 'otherwise') : code(words)

function emitted(emission: Emission): string {
  const { event, claims } = emission
  const said = leaves(claims)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')
  const condition = conditionsInWords(emission)
  return (
    link(`${event.category}/${event.name}`) +
    (said === '' ? '' : ` (${said})`) +
    (condition === '' ? '' : ` if ${code(condition)}`)
  )
}

/** `{ failure: { reason: 'locked' } }` as `failure.reason locked`. */
function leaves(claims: object, path = ''): [name: string, value: string][] {
  return Object.entries(claims).flatMap(([name, value]: [string, unknown]) =>
    typeof value === 'object' && value !== null
      ? leaves(value, `${path}${name}.`)
      : [[`${path}${name}`, String(value)] as [string, string]],
  )
}
