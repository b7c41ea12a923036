/** What the operator's lists are asked for and give: pages, and what they are narrowed to. */

export interface PageRequest {
  /** The `next` of the page before. */
  after?: string
  limit: number
}

/** What a list is narrowed to; what is not named does not matter. */
export interface OfTenant {
  tenant?: string
}

export interface SubscriptionFilters extends OfTenant {
  topic?: string
  /** As it is shown. */
  state?: string
  /** Whose it is. */
  subscriber?: string
  webhook?: string
}

export interface EventFilters extends OfTenant {
  source?: string
  category?: string
  name?: string
  /** When it was accepted, in milliseconds since 1970: from then on, and before then. */
  since?: number
  until?: number
}

export interface DeliveryFilters extends OfTenant {
  subscription?: string
  topic?: string
  state?: string
  /** A `jti`. */
  event?: string
}

export interface Page<T> {
  items: T[]
  /** Where the next page begins; null behind the last. */
  next: string | null
}
