/**
 * Whose a subscription is. A topic and callback belong to the one who verified them first, for as long as that
 * lives, so there is one name for everybody who may have one: a subscriber by its id; a webhook, or a source that
 * subscribes on its customers' behalf, by an id with a prefix, which no subscriber's id can have; null where anyone
 * may subscribe and did.
 */
export type Owner = string | null

export const webhookOwner = (webhook: string): string => `webhook:${webhook}`
export const sourceOwner = (source: string): string => `source:${source}`

/** The owner by kind, as the operator sees it: at most one of these is not null. */
export function ownerByKind(owner: Owner): {
  subscriber: string | null
  webhook: string | null
  source: string | null
} {
  const [, kind, id] = /^(webhook|source):(.*)$/.exec(owner ?? '') ?? []
  return {
    subscriber: kind === undefined ? owner : null,
    webhook: kind === 'webhook' ? (id ?? null) : null,
    source: kind === 'source' ? (id ?? null) : null,
  }
}
