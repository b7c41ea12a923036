/**
 * What the flow needs of the store for other people's bytes: those that sources publish to topics of their own, and
 * pages that are fetched. As in `store-ports.ts`, what a method changes is one commit.
 */
import type { Source } from './source.ts'

/** Other people's bytes, for the subscribers of one topic alone. */
export interface Content {
  native: string
  topic: string
  /** The hub's own name for it, which nothing else has. */
  jti: string
  txn: string
  contentType: string
  /** Sealed in the context of its `jti`. */
  sealed: string
}

/** What is published to registered topics, or fetched: sealed, and kept no longer than somebody waits. */
export interface Contents {
  /**
   * Takes in what a source published, unless its key is known already: then nothing changes. Where nobody is
   * subscribed, its key alone is kept.
   */
  accept(content: Content & { source: Source; key: string; now: number }): Promise<'accepted' | 'duplicate'>
  /** Looks at the next so many that are kept, and erases those that nobody waits for. @returns how many it erased */
  erase(limit: number): Promise<number>
}

/** By which a page's server tells whether it has changed (RFC 9110 §8.8): good for that URL alone. */
export interface Validators {
  /** Where the page was in the end. */
  url: string
  etag?: string
  lastModified?: string
}

/** What a page held when it was sent last. */
export interface SentPage {
  digest: string
  validators: Validators
}

/** A claimed fetch of a page; `claim` fences it. */
export interface ClaimedFetch {
  topic: string
  claim: string
  /** Those that came before the claim: the fetch answers them. */
  pings: number
  /** How many have failed since. */
  attempts: number
  /** Not there where nobody who is subscribed now was so then. */
  last?: SentPage
}

/** What came of a fetch, and before which time there is no other. */
export type FetchSettlement = { now: number; dueAt: number } & (
  | { outcome: 'changed'; content: Omit<Content, 'topic'>; page: SentPage }
  | { outcome: 'unchanged' }
  /** Once more for the same pings. */
  | { outcome: 'retry' }
  | { outcome: 'given up' }
)

/** Topics that are pages of others: fetched once they were pinged. */
export interface WebTopics {
  /**
   * Notes which pages are to be fetched: those that somebody is subscribed to. What was fetched lately waits as its
   * settlement said, at least until `dueAt`; what waits longer because it failed, until `atLatest`.
   * @returns how many are noted
   */
  ping(
    topics: readonly { topic: string; origin: string }[],
    when: { now: number; dueAt: number; atLatest: number },
  ): Promise<number>
  /** Claims what is due, oldest first, one of an origin, and only what somebody is subscribed to still. */
  claim(options: { limit: number; now: number; until: number }): Promise<ClaimedFetch[]>
  /** What has changed is taken in by the same commit. Pings that came since the claim stay. */
  settle(claimed: ClaimedFetch, settlement: FetchSettlement): Promise<void>
  nextDue(): Promise<number | undefined>
  /** Ends the subscriptions to pages that may be topics no more, by denial. */
  withdraw(isTopic: (url: string) => boolean, now: number): Promise<void>
  /** Looks at the next so many, and forgets those that nobody is subscribed to any more. */
  forget(limit: number, now: number): Promise<void>
}
