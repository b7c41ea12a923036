import type Sqlite from 'better-sqlite3'
import { webhookOwner } from '../../core/owner.ts'
import type { Registry, SubscriptionRecord, WebhookRecord } from '../../core/registry-ports.ts'
import type { SetFormat } from '../../core/set.ts'
import type { Webhook, WebhookVerification } from '../../core/webhook.ts'
import type { Commits } from '../commits.ts'
import { read } from '../faults.ts'
import { createIntentRequest } from '../intent-inbox.ts'
import { isKept, isThere } from '../leaving.ts'
import type { Row } from '../tables.ts'
import { createAsking, endSubscriptions, Taken } from '../webhook-subscriptions.ts'
import { createRecords } from './page.ts'
import { selectSubscriptions, setPaused, subscriptionRecord } from './subscriptions.ts'

/** By id, which is by time: they are UUIDv7. */
export function createWebhooks(commits: Commits, file: Sqlite.Database): Registry['webhooks'] {
  const askFor = createAsking(file, createIntentRequest(file))
  const { find, get, list } = createRecords(
    file,
    `select *, ${ofItsSubscriptions('max(last_success_at)')} as last_success_at,
       ${ofItsSubscriptions('max(last_failure_at)')} as last_failure_at,
       ${ofItsSubscriptions('last_failure', 'order by last_failure_at desc nulls last limit 1')} as last_failure
     from webhooks where ${isKept('webhooks')}`,
    record,
  )
  const insert = file.prepare(
    `insert into webhooks (id, tenant, name, description, url, header_names, headers_sealed, topics, secret_sealed, format,
       verification, paused, created_at)
     values (@id, @tenant, @name, @description, @url, @header_names, @headers_sealed, @topics, @secret_sealed, @format,
       @verification, @paused, @created_at)`,
  )
  const save = file.prepare(
    `update webhooks set name = @name, description = @description, url = @url, header_names = @header_names,
       headers_sealed = @headers_sealed, topics = @topics, secret_sealed = @secret_sealed, format = @format,
       verification = @verification, paused = @paused
     where id = @id`,
  )
  const remove = file.prepare('delete from webhooks where id = ?')
  const subscriptions = selectSubscriptions(
    file,
    '(owner = @owner or num in (select subscription from intents where intents.owner = @owner)) order by num',
  )
  return {
    list,
    make: (webhook, wanted) =>
      unlessTaken(
        commits.durable(() => {
          if (!isThere(file, 'tenants', webhook.tenant)) return 'no-tenant' as const
          insert.run(row(webhook))
          return { asked: askFor(wanted) }
        }),
      ),

    change: (id, decide, now) =>
      unlessTaken(
        commits.durable(() => {
          const found = find(id)
          if (found === undefined) return 'unknown' as const
          const before = kept(found)
          const { webhook, wanted, pausing } = decide(before)
          save.run(row(webhook))
          const owner = webhookOwner(id)
          if (pausing) setPaused(file, ['owner = @owner', { owner }], webhook.paused, now)
          if (wanted === undefined) return { asked: [] }
          const moved = webhook.url !== before.url
          const why = moved ? 'its webhook has another URL now' : 'its webhook no longer has this topic'
          const reason = moved ? 'the webhook has another URL now' : 'the webhook no longer has this topic'
          endSubscriptions(file, before, { why, reason, now }, wanted)
          return { asked: askFor(wanted) }
        }),
      ),

    async get(id) {
      const found = await get(id)
      const rows = await read(() => subscriptions.all({ owner: webhookOwner(id) }))
      return found && { ...found, subscriptions: rows.map(subscriptionRecord) }
    },

    /** Its subscriptions end at once, and what waits for them goes undelivered. */
    remove: (id, now) =>
      commits.durable(() => {
        const found = find(id)
        if (found === undefined) return false
        remove.run(id)
        const words = { why: 'its webhook was deleted', reason: 'the webhook was deleted', now }
        endSubscriptions(file, kept(found), words)
        return true
      }),
  }
}

/** @param column of the subscriptions that belong to the webhook */
const ofItsSubscriptions = (column: string, order = ''): string =>
  `(select ${column} from subscriptions join queues on subscription = num
    where owner = '${webhookOwner('')}' || webhooks.id ${order})`

async function unlessTaken<T>(commit: Promise<T>): Promise<T | 'taken'> {
  try {
    return await commit
  } catch (error) {
    if (error instanceof Taken) return 'taken'
    throw error
  }
}

const row = ({ header_names, topics, paused, ...webhook }: Webhook): Row<'webhooks'> => ({
  ...webhook,
  header_names: JSON.stringify(header_names),
  topics: JSON.stringify(topics),
  paused: Number(paused),
})

const kept = ({ header_names, topics, paused, ...webhook }: Row<'webhooks'>): Webhook => ({
  ...webhook,
  header_names: JSON.parse(header_names) as string[],
  topics: JSON.parse(topics) as string[],
  format: webhook.format as SetFormat,
  verification: webhook.verification as WebhookVerification,
  paused: paused === 1,
})

type RecordRow = Row<'webhooks'> &
  Pick<SubscriptionRecord, 'last_success_at' | 'last_failure_at' | 'last_failure'>

/** What is sealed stays behind. */
function record({ last_success_at, last_failure_at, last_failure, ...found }: RecordRow): WebhookRecord {
  const { headers_sealed, secret_sealed, ...settings } = kept(found)
  return { ...settings, last_success_at, last_failure_at, last_failure }
}
