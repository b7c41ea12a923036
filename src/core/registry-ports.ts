/**
 * What the operator's API needs of the store: make, read, list, delete. Secrets go in sealed or hashed and
 * never come out. Times are milliseconds since 1970.
 */
import type { Disclosable } from './source.ts'
import type { SubscribePolicy } from './store-ports.ts'
import type { Subscriber } from './access.ts'

export interface PageRequest {
  /** The `next` of the page before. */
  after?: string
  limit: number
  /** Only what belongs to this tenant. */
  tenant?: string
}

export interface Page<T> {
  items: T[]
  /** Where the next page begins; null behind the last. */
  next: string | null
}

export interface Readable<T, Whole = T> {
  get(id: string): Promise<Whole | undefined>
  list(page: PageRequest): Promise<Page<T>>
}

export interface Removable {
  /** Takes with it whatever cannot be without it. @returns whether it was there */
  remove(id: string, now: number): Promise<boolean>
}

export type Made = 'made' | 'exists' | 'no-tenant'

export interface TenantRecord {
  id: string
  subscribe: SubscribePolicy
  createdAt: number
}

export interface Tenants extends Readable<TenantRecord>, Removable {
  make(tenant: TenantRecord): Promise<'made' | 'exists'>
}

export interface SourceRecord {
  id: string
  tenant: string
  provider: string
  issuer: string
  authMethod: string
  disclose: Disclosable[]
  createdAt: number
}

export interface Sources extends Readable<SourceRecord>, Removable {
  make(source: SourceRecord & { authSealed: string }): Promise<Made>
}

export interface SubscriberRecord extends Subscriber {
  createdAt: number
}

export interface Subscribers extends Readable<SubscriberRecord>, Removable {
  make(subscriber: SubscriberRecord & { tokenHash: string }): Promise<Made>
}

export interface SubscriptionRecord {
  id: string
  tenant: string
  subscriber: string | null
  topic: string
  callback: string
  state: string
  endedWhy: string | null
  leaseExpiresAt: number | null
  signed: boolean
  /** What came of the last verification, and when. */
  verification: string | null
  verifiedAt: number | null
  createdAt: number
}

export interface EventRecord {
  jti: string
  tenant: string
  source: string
  /** The provider's name for it. */
  native: string
  category: string
  name: string
  txn: string
  occurredAt: number | null
  acceptedAt: number
}

export interface DeliveryRecord {
  id: string
  subscription: string
  topic: string
  jti: string
  state: string
  attempts: number
  dueAt: number
  createdAt: number
  settledAt: number | null
}

export interface ReceiptRecord {
  attempt: number
  at: number
  ms: number
  status: number | null
  outcome: string
}

export interface Registry {
  tenants: Tenants
  sources: Sources
  subscribers: Subscribers
  subscriptions: Readable<SubscriptionRecord> & Removable
  /** A single event comes with its SET and the topics that carried it. */
  events: Readable<EventRecord, EventRecord & { body: string; topics: string[] }>
  /** A single delivery comes with its attempts. */
  deliveries: Readable<DeliveryRecord, DeliveryRecord & { receipts: ReceiptRecord[] }>
}
