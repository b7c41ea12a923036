/** Records as JSON. */
import type {
  SourceRecord,
  SubscriberRecord,
  SubscriptionRecord,
  TenantRecord,
  WebhookRecord,
} from '../../core/registry-ports.ts'
import { topicOfPattern, topicUrl } from '../../core/topic.ts'

/** Every time of a record, wherever it stands in it, in ISO 8601: its name says that it is one. */
export function view(record: object): object {
  const text = JSON.stringify(record, (name, value: unknown) =>
    /_(at|since|until)$/.test(name) && typeof value === 'number' ? new Date(value).toISOString() : value,
  )
  return JSON.parse(text) as object
}

/** With the topic that carries everything of the tenant. */
export const tenantView = (url: string) => (tenant: TenantRecord) =>
  view({ ...tenant, topic: topicUrl(url, { tenant: tenant.id }) })

/** With the end of the token before, where there is one. */
export const subscriberView = ({ former_until: until, ...subscriber }: SubscriberRecord): object => ({
  ...view(subscriber),
  old_token_until: until === null ? null : new Date(until).toISOString(),
})

/** With the address that the provider sends to. */
export const sourceView =
  (url: string) =>
  ({ auth_method: method, max_age, topic_prefix, ...source }: SourceRecord) =>
    view({
      ...source,
      ...(max_age !== null && { max_age }),
      ...(topic_prefix !== null && { topic_prefix }),
      auth: { method },
      url: `${url}/in/${source.id}`,
    })

/** In a single one, the subscriptions that it should have: what ended with an earlier URL or topic is not among them. */
export const webhookView =
  (url: string) =>
  ({ subscriptions, ...webhook }: WebhookRecord & { subscriptions?: SubscriptionRecord[] }) => {
    const topics = webhook.topics.map((pattern) => topicUrl(url, topicOfPattern(pattern, webhook.tenant)))
    const wanted = subscriptions?.filter(
      ({ callback, topic }) => callback === webhook.url && topics.includes(topic),
    )
    return view({ ...webhook, ...(wanted !== undefined && { subscriptions: wanted }) })
  }
