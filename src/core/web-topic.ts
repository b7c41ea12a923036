/**
 * Topics that are pages of others (plain WebSub): the publisher says that a page has changed, and the hub fetches
 * it. Which pages, the operator says, by their origins; they are public, and belong to no tenant.
 */
import { createHash } from 'node:crypto'
import { isBelow, originOf } from './callback.ts'

/** Origins (RFC 6454 §6.2) whose pages may be topics, or `*` for all. */
export type TopicOrigins = '*' | ReadonlySet<string>

/** Whose subscriptions to pages and whose content they are; no operator's tenant or source can have this id. */
export const WEB = '.web'

/** In characters, the whole URL. */
const MAX_LENGTH = 2048

/** `*`, or origins separated by commas, as a browser writes them; undefined when one is none. */
export function parseTopicOrigins(text: string): TopicOrigins | undefined {
  if (text === '*') return '*'
  const entries = text === '' ? [] : text.split(',').map((entry) => entry.trim())
  return entries.every(isOrigin) ? new Set(entries) : undefined
}

/** @param hub the hub's public base URL: what is below it is no page of others, in whatever spelling */
export function isWebTopic(url: string, hub: string, origins: TopicOrigins): boolean {
  // It goes out in a Link header: between < and >, in printable ASCII.
  if (url.length > MAX_LENGTH || !/^[!-~]+$/.test(url) || /[<>"\\#]/.test(url)) return false
  const origin = originOf(url)
  if (origin === undefined || !(origins === '*' || origins.has(origin))) return false
  return !isBelow(url, hub)
}

/**
 * Whether a topic can be nothing but somebody's page, allowed still or not. What is sent of it is public: callbacks may
 * get it over plain http.
 * @param hub the hub's public base URL
 */
export const isPage = (topic: string, hub: string): boolean =>
  originOf(topic) !== undefined && !isBelow(topic, hub)

/** Stands for a page's content: equal only where type and bytes are. */
export function contentDigest(contentType: string, body: Buffer): string {
  // No header value holds a NUL.
  return createHash('sha256').update(`${contentType}\0`).update(body).digest('base64')
}

const isOrigin = (text: string): boolean =>
  // A pattern would be taken for a host of that very name.
  /^https?:\/\/[^*]+$/.test(text) && URL.parse(text)?.origin === text
