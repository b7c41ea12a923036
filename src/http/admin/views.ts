/** What the operator made, as JSON. */
import type { SourceRecord, SubscriberRecord, TenantRecord } from '../../core/registry-ports.ts'
import { topicUrl } from '../../core/topic.ts'
import { isoTime } from './iso-time.ts'

export const tenantView = (url: string) => (tenant: TenantRecord) => ({
  id: tenant.id,
  subscribe: tenant.subscribe,
  topic: topicUrl(url, { tenant: tenant.id }),
  created_at: isoTime(tenant.createdAt),
})

export const sourceView = (url: string) => (source: SourceRecord) => ({
  id: source.id,
  tenant: source.tenant,
  provider: source.provider,
  issuer: source.issuer,
  auth: { method: source.authMethod },
  disclose: source.disclose,
  url: `${url}/in/${source.id}`,
  created_at: isoTime(source.createdAt),
})

export const subscriberView = (subscriber: SubscriberRecord) => ({
  id: subscriber.id,
  tenant: subscriber.tenant,
  topics: subscriber.topics,
  created_at: isoTime(subscriber.createdAt),
})
