import type Sqlite from 'better-sqlite3'
import { type InferResult, sql, type SqlBool } from 'kysely'
import { webhookOwner } from '../../core/owner.ts'
import type { Registry, WebhookRecord } from '../../core/registry-ports.ts'
import type { SetFormat } from '../../core/set.ts'
import type { Webhook, WebhookVerification } from '../../core/webhook.ts'
import type { Commits } from '../commits.ts'
import { read } from '../faults.ts'
import { createIntentRequest } from '../intent-inbox.ts'
import { isKept, isThere } from '../leaving.ts'
import type { Row } from '../tables.ts'
import { all, build, first, run, so } from '../typed-sql.ts'
import { askFor, endSubscriptions, Taken } from '../webhook-subscriptions.ts'
import { createRecords } from './page.ts'
import { setPaused, subscriptionRecord, subscriptionRows } from './subscriptions.ts'

const WEBHOOKS = build
  .selectFrom('webhooks')
  .selectAll()
  .where(so(isKept('webhooks')))

/** How its receiver does is known of its subscriptions. */
const RECORDS = WEBHOOKS.select((webhook) => {
  const queues = webhook
    .selectFrom('subscriptions')
    .innerJoin('queues', 'subscription', 'num')
    .where(sql<SqlBool>`owner = ${webhookOwner('')} || webhooks.id`)
  const latest = queues.orderBy('last_failure_at', (order) => order.desc().nullsLast()).limit(1)
  return [
    queues.select(({ fn }) => fn.max('last_success_at').as('at')).as('last_success_at'),
    queues.select(({ fn }) => fn.max('last_failure_at').as('at')).as('last_failure_at'),
    latest.select('last_failure').as('last_failure'),
  ]
})

/** By id, which is by time: they are UUIDv7. */
export function createWebhooks(commits: Commits, file: Sqlite.Database): Registry['webhooks'] {
  const requestIntent = createIntentRequest(file)
  const { get, list } = createRecords(file, RECORDS, record)
  const find = (id: string) => first(file, WEBHOOKS.where('id', '=', id))
  return {
    list,
    make: (webhook, wanted) =>
      unlessTaken(
        commits.durable(() => {
          if (!isThere(file, 'tenants', webhook.tenant)) return 'no-tenant' as const
          run(file, build.insertInto('webhooks').values(row(webhook)))
          return { asked: askFor(file, requestIntent, wanted) }
        }),
      ),

    change: (id, decide, now) =>
      unlessTaken(
        commits.durable(() => {
          const found = find(id)
          if (found === undefined) return 'unknown' as const
          const before = kept(found)
          const { webhook, wanted, pausing } = decide(before)
          run(file, build.updateTable('webhooks').set(row(webhook)).where('id', '=', id))
          const owner = webhookOwner(id)
          if (pausing) setPaused(file, (s) => s('owner', '=', owner), webhook.paused, now)
          if (wanted === undefined) return { asked: [] }
          const moved = webhook.url !== before.url
          const why = moved ? 'its webhook has another URL now' : 'its webhook no longer has this topic'
          const reason = moved ? 'the webhook has another URL now' : 'the webhook no longer has this topic'
          endSubscriptions(file, before, { why, reason, now }, wanted)
          return { asked: askFor(file, requestIntent, wanted) }
        }),
      ),

    async get(id) {
      const found = await get(id)
      const rows = await read(() => subscriptionsOf(file, id))
      return found && { ...found, subscriptions: rows.map(subscriptionRecord) }
    },

    /** Its subscriptions end at once, and what waits for them goes undelivered. */
    remove: (id, now) =>
      commits.durable(() => {
        const found = find(id)
        if (found === undefined) return false
        run(file, build.deleteFrom('webhooks').where('id', '=', id))
        const words = { why: 'its webhook was deleted', reason: 'the webhook was deleted', now }
        endSubscriptions(file, kept(found), words)
        return true
      }),
  }
}

/** Those that it has, and those that it asks for. */
function subscriptionsOf(file: Sqlite.Database, id: string) {
  const owner = webhookOwner(id)
  const asked = build.selectFrom('intents').select('subscription').where('owner', '=', owner)
  const rows = subscriptionRows.where((s) => s.or([s('owner', '=', owner), s('num', 'in', asked)]))
  return all(file, rows.orderBy('num'))
}

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

type RecordRow = InferResult<typeof RECORDS>[number]

/** What is sealed stays behind. */
function record({ last_success_at, last_failure_at, last_failure, ...found }: RecordRow): WebhookRecord {
  const { headers_sealed, secret_sealed, ...settings } = kept(found)
  return { ...settings, last_success_at, last_failure_at, last_failure }
}
