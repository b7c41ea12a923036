/** What the small hub knows: all of it in memory. */
import type { Fault } from './faults.ts'
import type { Queue } from './queue.ts'

export interface Subscription {
  topic: string
  callback: string
  secret?: string
  /** Milliseconds since 1970. */
  endsAt: number
}

/** What is remembered of a page between two fetches. */
export interface PageMemory {
  fetching: boolean
  /** Pings that came during the fetch. */
  pings: number
  etag?: string
  content?: Buffer
}

export interface HubState {
  /** The hub's own URL. */
  url: string
  has(fault: Fault): boolean
  subscriptions: Subscription[]
  pages: Map<string, PageMemory>
  /** Questions to callbacks. */
  questions: Queue
}

export const alive = (state: HubState, subscription: Subscription): boolean =>
  state.subscriptions.includes(subscription) &&
  (subscription.endsAt > Date.now() || state.has('endless-leases'))

export function end(state: HubState, ends: (subscription: Subscription) => boolean): void {
  state.subscriptions = state.subscriptions.filter((subscription) => !ends(subscription))
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref())
