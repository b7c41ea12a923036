/** What the hub did, as JSON. */
import type {
  DeliveryRecord,
  EventRecord,
  ReceiptRecord,
  SubscriptionRecord,
} from '../../core/registry-ports.ts'
import { isoTime } from './iso-time.ts'

export const subscriptionView = (subscription: SubscriptionRecord) => ({
  id: subscription.id,
  tenant: subscription.tenant,
  subscriber: subscription.subscriber,
  topic: subscription.topic,
  callback: subscription.callback,
  state: subscription.state,
  ended_why: subscription.endedWhy,
  lease_expires_at: isoTime(subscription.leaseExpiresAt),
  signed: subscription.signed,
  verification: subscription.verification,
  verified_at: isoTime(subscription.verifiedAt),
  created_at: isoTime(subscription.createdAt),
})

export const eventView = (event: EventRecord & { body?: string; topics?: string[] }) => ({
  jti: event.jti,
  tenant: event.tenant,
  source: event.source,
  native: event.native,
  category: event.category,
  name: event.name,
  txn: event.txn,
  occurred_at: isoTime(event.occurredAt === null ? null : event.occurredAt * 1000),
  accepted_at: isoTime(event.acceptedAt),
  set: event.body,
  topics: event.topics,
})

export const deliveryView = (delivery: DeliveryRecord & { receipts?: ReceiptRecord[] }) => ({
  id: delivery.id,
  subscription: delivery.subscription,
  topic: delivery.topic,
  jti: delivery.jti,
  state: delivery.state,
  attempts: delivery.attempts,
  due_at: isoTime(delivery.dueAt),
  created_at: isoTime(delivery.createdAt),
  settled_at: isoTime(delivery.settledAt),
  receipts: delivery.receipts?.map((receipt) => ({ ...receipt, at: isoTime(receipt.at) })),
})
