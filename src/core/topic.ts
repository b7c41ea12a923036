/**
 * Topics are URLs of the hub: everything of a tenant, one category, or one event of a category. They compare
 * as exact strings (WebSub §5.1), so a URL is a topic only if the hub itself would have written it so.
 */
import { Refusal } from './errors.ts'
import type { CatalogueEvent } from './event.ts'
import type { Catalogue } from './ports.ts'

export interface Topic {
  tenant: string
  category?: string
  event?: string
}

/** Ids of tenants, sources and subscribers. */
export const ID = /^[a-z0-9][a-z0-9-]{0,62}$/

const PATH = /^\/topics\/([a-z0-9-]+)(?:\/([a-z0-9-]+)(?:\/([a-z0-9-]+))?)?$/

export function topicUrl(base: string, topic: Topic): string {
  return [`${base}/topics/${topic.tenant}`, topic.category, topic.event]
    .filter((part) => part !== undefined)
    .join('/')
}

/** The topic that this URL names, or undefined when it is none of the hub's at `base`. Says nothing of whether it exists. */
export function parseTopic(base: string, url: string): Topic | undefined {
  if (!url.startsWith(base)) return undefined
  const [, tenant, category, event] = PATH.exec(url.slice(base.length)) ?? []
  if (tenant === undefined || !ID.test(tenant)) return undefined
  return { tenant, ...(category !== undefined && { category }), ...(event !== undefined && { event }) }
}

/** Whether the catalogue has what the topic names; the tenant is not looked at. */
export function isInCatalogue(topic: Topic, catalogue: Pick<Catalogue, 'find' | 'hasCategory'>): boolean {
  if (topic.category === undefined) return true
  if (topic.event === undefined) return catalogue.hasCategory(topic.category)
  return catalogue.find(topic.category, topic.event) !== undefined
}

/** What a pattern names: `*` everything of the tenant, `session` a category, `login/failed` an event; if it exists. */
export function topicOfPattern(pattern: string, tenant: string): Topic {
  if (pattern === '*') return { tenant }
  const [category = '', ...event] = pattern.split('/')
  return { tenant, category, ...(event.length > 0 && { event: event.join('/') }) }
}

/**
 * The topics that patterns name.
 *
 * @throws Refusal `malformed` when one names nothing that the catalogue has
 */
export function topicsOf(
  patterns: readonly string[],
  tenant: string,
  catalogue: Pick<Catalogue, 'find' | 'hasCategory'>,
): Topic[] {
  return patterns.map((pattern) => {
    const topic = topicOfPattern(pattern, tenant)
    if (isInCatalogue(topic, catalogue)) return topic
    throw new Refusal(
      'malformed',
      'topics holds something else than *, a category or category/event; GET /events lists them.',
    )
  })
}

/** The topics that carry an event, the narrowest first: also the SET's `aud`. */
export function topicsCarrying(base: string, tenant: string, event: CatalogueEvent): [string, ...string[]] {
  return [
    topicUrl(base, { tenant, category: event.category, event: event.name }),
    topicUrl(base, { tenant, category: event.category }),
    topicUrl(base, { tenant }),
  ]
}
