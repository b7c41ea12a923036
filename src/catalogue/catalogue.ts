/** The catalogue, read once at the start: the events, their schemas and the providers' mappings. */
import { fileURLToPath } from 'node:url'
import type { CatalogueEvent } from '../core/event.ts'
import type { Catalogue } from '../core/ports.ts'
import { eventPath, loadEvents, type DescribedEvent } from './events.ts'
import { loadMappings } from './mappings.ts'
import { problems, SchemaFiles } from './schema-files.ts'

/** `schema/` lies beside `src/` and, in the published package, beside `dist/`. */
const SCHEMA = fileURLToPath(new URL('../../schema', import.meta.url))

let shipped: Catalogue | undefined

/**
 * The catalogue of this package: the same for as long as the process lives, and slow to compile.
 * @throws SchemaFault as `loadCatalogue`
 */
export const shippedCatalogue = (): Catalogue => (shipped ??= loadCatalogue(SCHEMA))

/**
 * @param directory the path of `schema/`
 * @throws SchemaFault naming the file and what is wrong with it
 */
export function loadCatalogue(directory: string): Catalogue {
  const files = new SchemaFiles(directory)
  const described = loadEvents(files)
  const mappings = loadMappings(files, described)
  const events = [...described.values()].map(({ event }) => event)
  const categories = new Set(events.map((event) => event.category))
  const routes = new Map(
    events.flatMap((event) =>
      [event.uri, ...(event.alsoRoutedHere ?? [])].map((uri) => [comparable(uri), event] as const),
    ),
  )
  const describe = (event: CatalogueEvent): DescribedEvent => {
    const known = described.get(eventPath(event.category, event.name))
    if (known === undefined) throw new Error(`The catalogue has no ${event.category}/${event.name}.`)
    return known
  }
  return {
    events,
    find: (category, name) => described.get(eventPath(category, name))?.event,
    hasCategory: (category) => categories.has(category),
    routed: (uri) => routes.get(comparable(uri)),
    schema: (event) => describe(event).schema,
    mapping: (provider) => mappings.get(provider),
    check: (event, claims) => {
      const { fits } = describe(event)
      return fits(claims) ? [] : problems(fits.errors)
    },
  }
}

/** Publishers write `urn:ietf:params:SCIM:…` in either case and mean the same: no two events differ in that. */
const comparable = (uri: string): string => (/^urn:/i.test(uri) ? uri.toLowerCase() : uri)
