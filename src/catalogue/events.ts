/** The catalogue's events, from `schema/events/<category>.json` and `schema/claims.json`. */
import type { ValidateFunction } from 'ajv/dist/2020.js'
import type { CatalogueEvent } from '../core/event.ts'
import { wholeSchema, type JsonSchema } from './flatten-schema.ts'
import { inFile, SchemaFault } from './schema-fault.ts'
import type { SchemaFiles } from './schema-files.ts'

/** An event with the schema of its claims, and that schema as a check. */
export interface DescribedEvent {
  event: CatalogueEvent
  schema: JsonSchema
  fits: ValidateFunction
}

/** The form `schema/forms/events.json`. */
interface CategoryFile {
  category: string
  events: EventEntry[]
}

interface EventEntry extends Pick<CatalogueEvent, 'name' | 'uri' | 'meaning' | 'subject'> {
  also_routed_here?: string[]
  claims: JsonSchema
}

const DIALECT = 'https://json-schema.org/draft/2020-12/schema'

/** Where an event is found, by its topic's last two segments. */
export const eventPath = (category: string, name: string): string => `${category}/${name}`

/** @throws SchemaFault */
export function loadEvents(files: SchemaFiles): Map<string, DescribedEvent> {
  const shared = files.read('claims.json') as { $defs: Record<string, JsonSchema> }
  // By itself first: a fault in a definition would else be blamed on the first event that uses it.
  files.compile('claims.json', { ...shared })
  const events = new Map<string, DescribedEvent>()
  const uris = new Set<string>()
  for (const { file, content } of files.readAll('events', 'forms/events.json')) {
    const { category, events: entries } = content as CategoryFile
    if (file !== `events/${category}.json`) throw new SchemaFault(file, 'holds another category')
    for (const entry of entries) {
      const path = eventPath(category, entry.name)
      if (events.has(path)) throw new SchemaFault(file, `${path} stands there twice`)
      for (const uri of [entry.uri, ...(entry.also_routed_here ?? [])]) {
        if (uris.has(uri)) throw new SchemaFault(file, `${uri} (of ${path}) is taken`)
        uris.add(uri)
      }
      events.set(
        path,
        inFile(file, path, () => {
          const claims = wholeSchema(entry.claims, shared.$defs)
          return {
            event: catalogueEvent(category, entry, claims),
            schema: { $schema: DIALECT, title: path, ...claims, description: entry.meaning },
            fits: files.compile(file, claims),
          }
        }),
      )
    }
  }
  return events
}

function catalogueEvent(
  category: string,
  { also_routed_here: alsoRoutedHere, ...entry }: EventEntry,
  { properties = {} }: JsonSchema,
): CatalogueEvent {
  return {
    category,
    ...entry,
    ...(alsoRoutedHere && { alsoRoutedHere }),
    claims: Object.keys(properties),
  }
}
