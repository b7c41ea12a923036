import { randomUUID } from 'node:crypto'
import { type Selectable, sql } from 'kysely'
import { renewalAt } from '../core/lease.ts'
import { type Owner, webhookOwner } from '../core/owner.ts'
import type { VerificationOutcome } from '../core/registry-ports.ts'
import type { ClaimedIntent, IntentQueue, IntentSettlement } from '../core/store-ports.ts'
import { isAlive } from './alive.ts'
import { earliest } from './earliest.ts'
import { noteVerification } from './verifications.ts'
import type { Db, Tables, Tx } from './tables.ts'

/** Intents that wait for their callback's word. */
export function createIntentQueue(db: Db): IntentQueue {
  return {
    async claim({ limit, hands, kept, now, until }) {
      const claim = randomUUID()
      // `of_kind` counts what is urgent, or what is not, from what is under way on: the urgent up to `kept` go first,
      // and the others leave them that much room, on each host and in all.
      const { rows } = await sql<{ num: number }>`
        with under_way as materialized (
          select host, sum(urgent) as urgent, sum(1 - urgent) as other
          from intents where claim is not null group by host
        ), of_hosts as (
          select i.num, i.host, i.due_at, i.urgent, coalesce(u.urgent + u.other, 0) as busy,
            case i.urgent when 1 then coalesce(u.urgent, 0) else coalesce(u.other, 0) end
              + row_number() over (partition by i.host, i.urgent order by i.due_at, i.num) as of_kind
          from intents i left join under_way u on u.host = i.host
          where i.claim is null and i.due_at <= ${now}
        ), fair as (
          select num, due_at, urgent, busy + row_number() over (
            partition by host
            order by case when urgent = 1 and of_kind <= ${kept.perHost} then 0 else 1 end, due_at, num
          ) as of_host
          from of_hosts where urgent = 1 or of_kind <= ${hands.perHost - kept.perHost}
        ), of_all as (
          select num, due_at, urgent,
            (select coalesce(sum(case f.urgent when 1 then u.urgent else u.other end), 0) from under_way u)
              + row_number() over (partition by urgent order by due_at, num) as of_kind
          from fair f where of_host <= ${hands.perHost}
        )
        update intents set claim = ${claim}, claimed_until = ${until}
        where num in (
          select num from of_all where urgent = 1 or of_kind <= ${hands.inAll - kept.inAll}
          order by case when urgent = 1 and of_kind <= ${kept.inAll} then 0 else 1 end, due_at, num
          limit ${limit}
        )
        returning num`.execute(db)
      if (rows.length === 0) return []
      const claimed = await db
        .selectFrom('intents')
        .select(['id', 'mode', 'topic', 'callback', 'attempts'])
        .select(['reason', 'lease_seconds', 'vouched', 'verify_token'])
        .where('claim', '=', claim)
        .orderBy('num')
        .execute()
      return claimed.map(({ mode, reason, lease_seconds, vouched, verify_token, ...common }) =>
        mode === 'denied'
          ? { ...common, claim, mode, reason: reason ?? '' }
          : {
              ...common,
              claim,
              mode: mode === 'subscribe' ? 'subscribe' : 'unsubscribe',
              leaseSeconds: lease_seconds,
              ...(vouched === 1 && { vouched: true }),
              ...(verify_token !== null && { verifyToken: verify_token }),
            },
      )
    },

    settle: (claimed, settlement) => db.transaction().execute((tx) => settle(tx, claimed, settlement)),

    nextDue: () => earliest(db, sql`select min(due_at) as due from intents where claim is null`),
  }
}

async function settle(tx: Tx, { id, claim }: ClaimedIntent, settlement: IntentSettlement): Promise<void> {
  if (settlement.outcome === 'retry') {
    const intent = await tx
      .updateTable('intents')
      .set((eb) => ({
        attempts: eb('attempts', '+', 1),
        due_at: settlement.dueAt,
        claim: null,
        claimed_until: null,
      }))
      .where('id', '=', id)
      .where('claim', '=', claim)
      .returningAll()
      .executeTakeFirst()
    if (intent !== undefined) await note(tx, intent, settlement.now, 'unclear', settlement.why)
    return
  }
  const intent = await tx
    .deleteFrom('intents')
    .where('id', '=', id)
    .where('claim', '=', claim)
    .returningAll()
    .executeTakeFirst()
  if (intent === undefined) return
  if (intent.mode === 'denied') {
    if (settlement.outcome === 'confirmed') await note(tx, intent, settlement.now, 'told')
    else await note(tx, intent, settlement.now, 'untold', settlement.why)
  } else if (settlement.outcome === 'refused') await refuse(tx, intent, settlement.why, settlement.now)
  else await apply(tx, intent, settlement.now)
}

type IntentRow = Selectable<Tables['intents']>

/** The callback agreed: the intent's state replaces the subscription's. */
async function apply(tx: Tx, intent: IntentRow, now: number): Promise<void> {
  const current = await tx
    .selectFrom('subscriptions')
    .select(['num', 'state', 'owner', 'lease_expires_at', 'intent_applied'])
    .where('num', '=', intent.subscription)
    .executeTakeFirstOrThrow()
  // Answers may come back out of order; what was asked last wins.
  if (intent.num < current.intent_applied) {
    await note(tx, intent, now, 'void', 'what was asked later was answered first')
    return
  }
  const alive = isAlive(current, now)
  if (alive && current.owner !== intent.owner) {
    await note(tx, intent, now, 'void', 'another subscriber verified this callback first')
    return
  }
  if (intent.renewal === 1 && !alive) {
    await note(tx, intent, now, 'void', 'it ended before it was renewed')
    return
  }
  const change =
    intent.mode === 'unsubscribe'
      ? { state: 'ended', ended_why: 'unsubscribed', undelivered: 1 }
      : {
          state: 'active',
          ended_why: null,
          owner: intent.owner,
          secret_sealed: intent.secret_sealed,
          lease_seconds: intent.lease_seconds,
          lease_expires_at: now + intent.lease_seconds * 1000,
          renewal_at: intent.renewing === 1 ? renewalAt(intent.lease_seconds, now) : null,
          vouched: intent.vouched,
          // A pause is of the owner who asked for it, not of the callback.
          ...(current.owner !== intent.owner && { paused: await pausedBy(tx, intent.owner) }),
          // A renewal goes on where it was; a new life begins behind all that was accepted so far.
          ...(!alive && { active_from: await lastSeq(tx), undelivered: 1 }),
        }
  await tx
    .updateTable('subscriptions')
    .set({ ...change, intent_applied: intent.num })
    .where('num', '=', current.num)
    .execute()
  await note(tx, intent, now, intent.vouched === 1 ? 'vouched' : 'confirmed')
  if (change.state === 'active') await forgetDenials(tx, intent)
}

/** Whoever was denied, the callback gets the topic now: to tell it otherwise would be false. */
async function forgetDenials(tx: Tx, { topic, callback }: IntentRow): Promise<void> {
  await tx
    .deleteFrom('intents')
    .where('mode', '=', 'denied')
    .where('topic', '=', topic)
    .where('callback', '=', callback)
    .execute()
}

/** What begins paused is a webhook's that is. */
async function pausedBy(tx: Tx, owner: Owner): Promise<number> {
  const webhook = await tx
    .selectFrom('webhooks')
    .select('paused')
    .where((eb) => eb(eb.val(owner), '=', sql<string>`${webhookOwner('')} || id`))
    .executeTakeFirst()
  return webhook?.paused ?? 0
}

async function lastSeq(tx: Tx): Promise<number> {
  const row = await tx
    .selectFrom('events')
    .select((eb) => eb.fn.max('seq').as('seq'))
    .executeTakeFirst()
  return row?.seq ?? 0
}

/** Everything stays as it was; what never was verified ends, unless another intent for it still waits. */
async function refuse(tx: Tx, intent: IntentRow, why: string, now: number): Promise<void> {
  const { subscription } = intent
  await note(tx, intent, now, 'refused', why)
  await tx
    .updateTable('subscriptions')
    .set({ state: 'ended', ended_why: `not verified: ${why}` })
    .where('num', '=', subscription)
    .where('state', '=', 'pending')
    .where((eb) =>
      eb.not(eb.exists(eb.selectFrom('intents').select('num').where('subscription', '=', subscription))),
    )
    .execute()
}

const note = (
  tx: Tx,
  intent: IntentRow,
  settled_at: number,
  outcome: VerificationOutcome,
  reason: string | null = null,
): Promise<void> => noteVerification(tx, intent, { settled_at, mode: intent.mode, outcome, reason })
