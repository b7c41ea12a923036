import { randomUUID } from 'node:crypto'
import type { Expression, ExpressionBuilder, Selectable, SqlBool } from 'kysely'
import { type Owner, webhookOwner } from '../core/owner.ts'
import type { Tables, Tx } from './tables.ts'

export type Which = (subscription: ExpressionBuilder<Tables, 'subscriptions'>) => Expression<SqlBool>

export interface DenialWords {
  /** For the operator. */
  why: string
  /** For the subscriber; without it, nothing is told. */
  reason?: string
  now: number
}

/** Not ended, or asked for again before it did: then it may come back. */
export const isLiving: Which = (eb) =>
  eb.or([
    eb('state', '!=', 'ended'),
    eb.exists(
      eb.selectFrom('intents').select('intents.num').whereRef('subscription', '=', 'subscriptions.num'),
    ),
  ])

/**
 * Ends subscriptions that somebody withdraws, and queues the word for their callbacks (WebSub §5.2). What was asked
 * for them and is not answered yet is forgotten.
 */
export async function denySubscriptions(
  tx: Tx,
  which: Which,
  { why, reason, now }: DenialWords,
): Promise<void> {
  const denied = await tx
    .updateTable('subscriptions')
    .set({ state: 'ended', ended_why: why, undelivered: 1 })
    .where(isLiving)
    .where(which)
    .returning(['num', ...OF_A_DENIAL])
    .execute()
  for (const { num } of denied) await tx.deleteFrom('intents').where('subscription', '=', num).execute()
  if (reason !== undefined) await queueDenials(tx, denied, reason, now)
}

/** The same for subscriptions whose rows are about to go, in this commit, with whatever was asked for them. */
export async function tellBeforeDeletion(tx: Tx, which: Which, reason: string, now: number): Promise<void> {
  const living = await tx
    .selectFrom('subscriptions')
    .select(OF_A_DENIAL)
    .where(isLiving)
    .where(which)
    .orderBy('num')
    .execute()
  await queueDenials(tx, living, reason, now)
}

const OF_A_DENIAL = ['owner', 'topic', 'callback', 'host'] as const

type Denied = Pick<Selectable<Tables['subscriptions']>, (typeof OF_A_DENIAL)[number]>

/** Rows of one statement: an engine allows only so many parameters. */
const CHUNK = 500

/** Whoever cannot repeat a challenge has no answer to a GET, and is not told. */
async function queueDenials(tx: Tx, denied: Denied[], reason: string, now: number): Promise<void> {
  const vouched = await tx
    .selectFrom('webhooks')
    .select('id')
    .where('verification', '=', 'operator')
    .execute()
  const unasked = new Set<Owner>(vouched.map(({ id }) => webhookOwner(id)))
  const told = denied
    .filter(({ owner }) => !unasked.has(owner))
    .map(({ owner, topic, callback, host }) => ({
      ...{ id: randomUUID(), owner, topic, callback, host, reason },
      ...{ mode: 'denied', kind: 'denial' as const, lease_seconds: 0, attempts: 0, due_at: now },
    }))
  for (let done = 0; done < told.length; done += CHUNK) {
    await tx
      .insertInto('intents')
      .values(told.slice(done, done + CHUNK))
      .execute()
  }
}

/** Ends what an owner has among these subscriptions, and forgets what it asked for among them and never confirmed. */
export async function withdraw(tx: Tx, owner: Owner, which: Which, words: DenialWords): Promise<void> {
  const own = 'is not distinct from'
  await denySubscriptions(
    tx,
    (eb) => eb.and([eb('owner', own, owner), eb('state', '=', 'active'), which(eb)]),
    words,
  )
  await withdrawAsked(tx, owner, which, words)
}

/** The half of it that is about what nobody has confirmed. */
export async function withdrawAsked(tx: Tx, owner: Owner, which: Which, words: DenialWords): Promise<void> {
  const own = 'is not distinct from'
  // What is not active is what somebody asked for, whoever had it before: it ends unless another asks for it too.
  await denySubscriptions(
    tx,
    (eb) => {
      const asked = eb.selectFrom('intents').select('subscription').where('mode', '!=', 'denied')
      return eb.and([
        eb('state', '!=', 'active'),
        eb('num', 'in', asked.where('intents.owner', own, owner)),
        eb('num', 'not in', asked.where('intents.owner', 'is distinct from', owner)),
        which(eb),
      ])
    },
    words,
  )
  await tx
    .deleteFrom('intents')
    .where('owner', own, owner)
    .where('mode', '!=', 'denied')
    .where('subscription', 'in', tx.selectFrom('subscriptions').select('num').where(which))
    .execute()
}
