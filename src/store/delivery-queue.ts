import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { webhookOwner } from '../core/owner.ts'
import type { ClaimedDelivery, DeliveryQueue, Receipt } from '../core/store-ports.ts'
import { alive } from './alive.ts'
import type { Db, Tx } from './tables.ts'

/** Whether subscription `s` is entitled to delivery `d`: alive, and the event accepted in this life of it. */
const deliverable = (now: number) => sql<boolean>`(${alive('s', now)} and d.event > s.active_from)`

const PREFIX = webhookOwner('')

/** Whether subscription `s` is webhook `w`'s; by the webhook's id, so that its key finds it. */
const ofWebhook = sql<boolean>`(w.id = substr(s.owner, ${PREFIX.length + 1}) and substr(s.owner, 1, ${PREFIX.length}) = ${PREFIX})`

/** The row, if it is still claimed by this claim. */
const held = ({ id, claim }: ClaimedDelivery) => sql<boolean>`num = ${Number(id)} and claim = ${claim}`

/** Deliveries that wait, claimed in single statements and settled under the claim. */
export function createDeliveryQueue(db: Db): DeliveryQueue {
  return {
    async claim(options) {
      const claimed: ClaimedDelivery[] = []
      let batch: ClaimedDelivery[]
      do {
        batch = await claimBatch(db, { ...options, limit: options.limit - claimed.length })
        claimed.push(...batch)
        // Again while it yields: the next look goes past what this one brought to its limit.
      } while (batch.length > 0 && claimed.length < options.limit)
      return claimed
    },

    async load({ id, claim }, now) {
      const row = await db
        .selectFrom('deliveries as d')
        .innerJoin('subscriptions as s', 's.num', 'd.subscription')
        .innerJoin('events as e', 'e.seq', 'd.event')
        .leftJoin('webhooks as w', (join) => join.on(ofWebhook))
        .select(['w.id as webhook', 'w.format', 'w.headers_sealed'])
        .leftJoin('contents as c', 'c.event', 'd.event')
        .select([
          's.id',
          's.topic',
          's.callback',
          's.secret_sealed',
          'e.content_type',
          'e.body',
          'e.jti',
          'c.sealed',
          'd.attempts',
        ])
        .where('d.num', '=', Number(id))
        .where('d.claim', '=', claim)
        .where(deliverable(now))
        .executeTakeFirst()
      if (row === undefined) return undefined
      return {
        subscription: row.id,
        topic: row.topic,
        callback: row.callback,
        ...(row.secret_sealed !== null && { secretSealed: row.secret_sealed }),
        contentType: row.content_type,
        body: row.sealed === null ? row.body : { sealed: row.sealed, jti: row.jti },
        ...(row.webhook !== null && {
          webhook: {
            id: row.webhook,
            format: row.format === 'json' ? 'json' : 'jwt',
            ...(row.headers_sealed !== null && { headersSealed: row.headers_sealed }),
          },
        }),
        attempts: row.attempts,
      }
    },

    settle: (claimed, settlement, receipt) =>
      db.transaction().execute(async (tx) => {
        const settled = await tx
          .updateTable('deliveries')
          .set((eb) => ({
            state: settlement.state,
            attempts: eb('attempts', '+', 1),
            claim: null,
            claimed_until: null,
            ...(settlement.state === 'waiting'
              ? { due_at: settlement.dueAt }
              : { settled_at: receipt.at + receipt.ms }),
          }))
          .where(held(claimed))
          .returning(['attempts', 'subscription', 'event'])
          .executeTakeFirst()
        if (settled === undefined) return
        await tx
          .insertInto('receipts')
          .values({
            delivery: Number(claimed.id),
            attempt: settled.attempts,
            at: receipt.at,
            ms: receipt.ms,
            status: receipt.status ?? null,
            outcome: receipt.outcome,
          })
          .execute()
        await noteLast(tx, settled.subscription, receipt)
        if (settlement.state === 'waiting') await dropIfUndeliverable(tx, claimed.id, receipt.at + receipt.ms)
        if ('endSubscription' in settlement) {
          await tx
            .updateTable('subscriptions')
            .set({ state: 'ended', ended_why: settlement.endSubscription, undelivered: 1 })
            .where('num', '=', settled.subscription)
            // A callback that has agreed since is not gone.
            .where('state', '=', 'active')
            .where('active_from', '<', settled.event)
            .execute()
        }
      }),

    async drop(claimed, now) {
      await db
        .updateTable('deliveries')
        .set({ state: 'dropped', settled_at: now, claim: null, claimed_until: null })
        .where(held(claimed))
        .execute()
    },

    async nextDue() {
      const row = await db
        .selectFrom('deliveries')
        .select((eb) => eb.fn.min('due_at').as('due'))
        .where('state', '=', 'waiting')
        .where('claim', 'is', null)
        .executeTakeFirst()
      return row?.due ?? undefined
    },
  }
}

/** One statement, so that nothing is claimed twice, whoever else claims. */
async function claimBatch(
  db: Db,
  { limit, perSubscription, perOrigin, now, until }: Parameters<DeliveryQueue['claim']>[0],
): Promise<ClaimedDelivery[]> {
  const claim = randomUUID()
  // More candidates than wanted, since what is beyond a subscription's share of them is passed over.
  const window = limit * 4
  const { rows } = await sql<{ num: number; due_at: number }>`
    with busy as materialized (
      select subscription, count(*) as n from deliveries where claim is not null group by subscription
    ), busy_origin as materialized (
      select origin, sum(n) as n from busy join subscriptions on num = subscription group by origin
    ), candidate as (
      select d.num, d.due_at, d.subscription, s.origin
      from deliveries d join subscriptions s on s.num = d.subscription
      where d.state = 'waiting' and d.claim is null and d.due_at <= ${now}
        and s.paused = 0 and ${deliverable(now)}
        and d.subscription not in (select subscription from busy where n >= ${perSubscription})
        and s.origin not in (select origin from busy_origin where n >= ${perOrigin})
      order by d.due_at, d.num limit ${window}
    ), of_subscription as (
      select c.*, coalesce(b.n, 0) + row_number() over (partition by c.subscription order by due_at, num) as place
      from candidate c left join busy b on b.subscription = c.subscription
    ), of_origin as (
      select s.num, s.due_at, coalesce(o.n, 0) + row_number() over (partition by s.origin order by due_at, num) as place
      from of_subscription s left join busy_origin o on o.origin = s.origin
      where s.place <= ${perSubscription}
    )
    update deliveries set claim = ${claim}, claimed_until = ${until}
    where num in (select num from of_origin where place <= ${perOrigin} order by due_at, num limit ${limit})
    returning num, due_at`.execute(db)
  return rows
    .sort((a, b) => a.due_at - b.due_at || a.num - b.num)
    .map(({ num }) => ({ id: String(num), claim }))
}

/** What the operator sees of a subscription at a glance. */
async function noteLast(tx: Tx, subscription: number, { at, status, outcome }: Receipt): Promise<void> {
  const failure = status === undefined ? outcome : `${outcome} (${status})`
  await tx
    .updateTable('subscriptions')
    .set(outcome === 'delivered' ? { last_success_at: at } : { last_failure_at: at, last_failure: failure })
    .where('num', '=', subscription)
    .execute()
}

/** A subscription that ended during the attempt gets no other: the sweep of its deliveries passed this one by. */
async function dropIfUndeliverable(tx: Tx, id: string, now: number): Promise<void> {
  await sql`
    update deliveries set state = 'dropped', settled_at = ${now}
    where num = ${Number(id)} and not exists (
      select 1 from deliveries d join subscriptions s on s.num = d.subscription
      where d.num = ${Number(id)} and ${deliverable(now)}
    )`.execute(tx)
}
