import { shippedCatalogue } from '../catalogue/catalogue.ts'
import type { CatalogueEvent } from '../core/event.ts'
import { readArguments } from './arguments.ts'
import type { Command } from './command.ts'

export const events: Command = {
  usage: 'events [--json]',
  about: 'lists the catalogue: every event, its URI and what it means',

  run(args, { print }) {
    const { values } = readArguments({ args, options: { json: { type: 'boolean' } } })
    const { events: known } = shippedCatalogue()
    print(values.json === true ? `${JSON.stringify(known.map(entry), null, 2)}\n` : lines(known))
  },
}

const path = ({ category, name }: CatalogueEvent): string => `${category}/${name}`

function entry(event: CatalogueEvent) {
  const { category, name, uri, meaning, subject } = event
  return { event: path(event), category, name, uri, meaning, subject }
}

/** A line an event, so that `grep` finds it whole. */
function lines(known: readonly CatalogueEvent[]): string {
  const widest = (texts: string[]): number => Math.max(...texts.map((text) => text.length))
  const paths = widest(known.map(path))
  const uris = widest(known.map(({ uri }) => uri))
  return known
    .map((event) => `${path(event).padEnd(paths)}  ${event.uri.padEnd(uris)}  ${event.meaning}\n`)
    .join('')
}
