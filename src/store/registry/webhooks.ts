import type Sqlite from 'better-sqlite3'
import { type Selectable, sql } from 'kysely'
import { webhookOwner } from '../../core/owner.ts'
import type { Registry, SubscriptionRecord, WebhookRecord } from '../../core/registry-ports.ts'
import type { SetFormat } from '../../core/set.ts'
import type { Webhook, WebhookVerification } from '../../core/webhook.ts'
import { createIntentRequest } from '../intent-inbox.ts'
import type { Db, Tables } from '../tables.ts'
import { askFor, endSubscriptions, Taken } from '../webhook-subscriptions.ts'
import { isKept, isThere } from '../leaving.ts'
import { resume } from './resume.ts'
import { ofTenant } from './of-tenant.ts'
import { pageOf } from './page.ts'
import { isSeen, selectSubscriptions, subscriptionRecord } from './subscriptions.ts'

/** By id, which is by time: they are UUIDv7. */
export function createWebhooks(db: Db, file: Sqlite.Database): Registry['webhooks'] {
  const requestIntent = createIntentRequest(file)
  const records = db
    .selectFrom('webhooks')
    .selectAll('webhooks')
    .where(isKept('webhooks'))
    .select([
      ofItsSubscriptions<number | null>('max(last_success_at)').as('last_success_at'),
      ofItsSubscriptions<number | null>('max(last_failure_at)').as('last_failure_at'),
      ofItsSubscriptions<string | null>(
        'last_failure',
        'order by last_failure_at desc nulls last limit 1',
      ).as('last_failure'),
    ])
  return {
    make: (webhook, wanted) =>
      unlessTaken(
        db.transaction().execute(async (tx) => {
          if (!(await isThere(tx, 'tenants', webhook.tenant))) return 'no-tenant' as const
          await tx.insertInto('webhooks').values(row(webhook)).execute()
          return { asked: await askFor(tx, requestIntent, wanted) }
        }),
      ),

    change: (id, decide, now) =>
      unlessTaken(
        db.transaction().execute(async (tx) => {
          const found = await tx
            .selectFrom('webhooks')
            .selectAll()
            .where('id', '=', id)
            .where(isKept('webhooks'))
            .executeTakeFirst()
          if (found === undefined) return 'unknown' as const
          const before = kept(found)
          const { webhook, wanted, pausing } = decide(before)
          await tx.updateTable('webhooks').set(row(webhook)).where('id', '=', id).execute()
          if (pausing) {
            await tx
              .updateTable('subscriptions')
              .set({ paused: Number(webhook.paused) })
              .where('owner', '=', webhookOwner(id))
              .execute()
            if (!webhook.paused) await resume(tx, (eb) => eb('owner', '=', webhookOwner(id)), now)
          }
          if (wanted === undefined) return { asked: [] }
          const moved = webhook.url !== before.url
          const why = moved ? 'its webhook has another URL now' : 'its webhook no longer has this topic'
          const reason = moved ? 'the webhook has another URL now' : 'the webhook no longer has this topic'
          await endSubscriptions(tx, before, { why, reason, now }, wanted)
          return { asked: await askFor(tx, requestIntent, wanted) }
        }),
      ),

    async get(id) {
      const found = await records.where('webhooks.id', '=', id).executeTakeFirst()
      if (found === undefined) return undefined
      const owner = webhookOwner(id)
      const subscriptions = await selectSubscriptions(db)
        .where(isSeen)
        .where((eb) =>
          eb.or([
            eb('owner', '=', owner),
            eb(
              'num',
              'in',
              eb.selectFrom('intents').select('subscription').where('intents.owner', '=', owner),
            ),
          ]),
        )
        .orderBy('num')
        .execute()
      return { ...record(found), subscriptions: subscriptions.map(subscriptionRecord) }
    },

    async list({ after = '', limit, tenant }) {
      const rows = await records
        .where('webhooks.id', '>', after)
        .where(ofTenant(tenant))
        .orderBy('webhooks.id')
        .limit(limit + 1)
        .execute()
      return pageOf(rows, limit, record)
    },

    /** Its subscriptions end at once, and what waits for them goes undelivered. */
    remove: (id, now) =>
      db.transaction().execute(async (tx) => {
        const found = await tx
          .deleteFrom('webhooks')
          .where('id', '=', id)
          .where(isKept('webhooks'))
          .returningAll()
          .executeTakeFirst()
        if (found === undefined) return false
        await endSubscriptions(tx, kept(found), {
          why: 'its webhook was deleted',
          reason: 'the webhook was deleted',
          now,
        })
        return true
      }),
  }
}

/** @param column of the subscriptions that belong to the webhook */
const ofItsSubscriptions = <T>(column: string, order = '') =>
  sql<T>`(select ${sql.raw(column)} from subscriptions join queues on subscription = num where owner = ${webhookOwner('')} || webhooks.id ${sql.raw(order)})`

async function unlessTaken<T>(commit: Promise<T>): Promise<T | 'taken'> {
  try {
    return await commit
  } catch (error) {
    if (error instanceof Taken) return 'taken'
    throw error
  }
}

const row = ({ header_names, topics, paused, ...webhook }: Webhook): Selectable<Tables['webhooks']> => ({
  ...webhook,
  header_names: JSON.stringify(header_names),
  topics: JSON.stringify(topics),
  paused: Number(paused),
})

const kept = ({ header_names, topics, paused, ...webhook }: Selectable<Tables['webhooks']>): Webhook => ({
  ...webhook,
  header_names: JSON.parse(header_names) as string[],
  topics: JSON.parse(topics) as string[],
  format: webhook.format as SetFormat,
  verification: webhook.verification as WebhookVerification,
  paused: paused === 1,
})

type Row = Selectable<Tables['webhooks']> &
  Pick<SubscriptionRecord, 'last_success_at' | 'last_failure_at' | 'last_failure'>

/** What is sealed stays behind. */
function record({ last_success_at, last_failure_at, last_failure, ...found }: Row): WebhookRecord {
  const { headers_sealed, secret_sealed, ...settings } = kept(found)
  return { ...settings, last_success_at, last_failure_at, last_failure }
}
