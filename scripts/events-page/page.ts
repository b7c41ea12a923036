/** `docs/events.md`: the catalogue and what comes of each provider's native events, for people. */
import type { CatalogueEvent } from '../../src/core/event.ts'
import type { Catalogue } from '../../src/core/ports.ts'
import { commonClaims, describedClaims, eventSection } from './catalogue.ts'
import { code, link, table } from './markdown.ts'
import { nativesYielding, providerSection } from './providers.ts'

export function eventsPage(catalogue: Catalogue, providers: readonly string[]): string {
  const categories = Map.groupBy(catalogue.events, ({ category }) => category)
  const common = commonClaims(catalogue.events)
  return `${[
    '<!-- Made from schema/ by "npm run docs". Change schema/, not this page. -->',
    '# Events',
    `The hub knows ${catalogue.events.length} events in ${categories.size} categories, the same whichever provider they came from. Each travels as a Security Event Token of its own, on three topics: \`/topics/{tenant}\`, \`/topics/{tenant}/{category}\` and \`/topics/{tenant}/{category}/{event}\`. \`GET /events\` and \`GET /events/{category}/{event}\` on a hub give the same as data, with the JSON Schema of the claims; \`signet explain\` shows what a certain payload becomes.`,
    `- [Which provider tells what](#which-provider-tells-what)\n- [Claims](#claims)\n- The categories: ${[...categories.keys()].map(link).join(', ')}\n- What each native event becomes: ${providers.map(link).join(', ')}`,
    '## Which provider tells what',
    `The native events that yield each event; one with a star does so on a condition, which the provider's table below names. Of Asgardeo's names only the last part stands here.`,
    matrix(catalogue, providers),
    '## Claims',
    `These may stand in an event, each only when the provider told it. Every event may have ${common.map(code).join(', ')}; what else it may have stands with it, and what it always has is **bold**. \`sub_id\` is always there, beside the event: the subject named with each event or, where the payload does not name it, the next of user, client, organization and source. Personal fields pass only if the source discloses them.`,
    table(['claim', 'what it says'], describedClaims(catalogue)),
    ...[...categories].flatMap(([category, events]) => [
      `## ${category}`,
      ...events.map((event) => eventSection(event, catalogue, common)),
    ]),
    '## Native events',
    'The first condition that holds decides; none means that nothing is published. What the facts are stands above each table.',
    ...providers.map((provider) => providerSection(provider, catalogue)),
  ].join('\n\n')}\n`
}

function matrix(catalogue: Catalogue, providers: readonly string[]): string {
  const row = (event: CatalogueEvent): string[] => [
    link(`${event.category}/${event.name}`),
    ...providers.map((provider) => nativesYielding(event, catalogue.mapping(provider)).join(', ')),
  ]
  return table(['event', ...providers], catalogue.events.map(row))
}
