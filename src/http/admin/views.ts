/** Records as JSON. */
import type { SourceRecord, TenantRecord } from '../../core/registry-ports.ts'
import { topicUrl } from '../../core/topic.ts'

/** Every time of a record, wherever it stands in it, in ISO 8601. */
export function view(record: object): object {
  const text = JSON.stringify(record, (name, value: unknown) =>
    name.endsWith('_at') && typeof value === 'number' ? new Date(value).toISOString() : value,
  )
  return JSON.parse(text) as object
}

/** With the topic that carries everything of the tenant. */
export const tenantView = (url: string) => (tenant: TenantRecord) =>
  view({ ...tenant, topic: topicUrl(url, { tenant: tenant.id }) })

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
